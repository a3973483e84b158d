import SwerveFiles
import SwerveModel
import SwerveText

extension CheckpointFile {
  /// What the header of a checkpoint says. The weights are not read and nothing is compared with its digest: that is done where the
  /// weights are loaded.
  /// - Throws: `CheckpointError` for a file that is missing, cut off, damaged or of another tool; `FileError` for one that can't be
  ///   read.
  package static func metadata(_ path: String) throws -> [(key: String, value: String)] {
    guard POSIXFile.kind(path) != nil else { throw CheckpointError.missing(path: path) }
    let file = try MappedFile(path)
    do {
      let header = try Safetensors(file.bytes)
      let found = header.metadata("format")
      guard found === format else {
        throw CheckpointError.foreign(path: path, found: found.map { "\"\($0)\"" } ?? "missing")
      }
      return header.metadata
    } catch let error as SafetensorsError {
      throw error.kind == .cutOff
        ? CheckpointError.truncated(path: path, detail: error.message)
        : CheckpointError.damaged(path: path, detail: error.message)
    }
  }
}
