import SwerveFiles
import SwerveRecords
import SwerveText

/// Reads packed runs and checks every byte. From the list at the start, every byte except the files' contents is
/// computed and compared. The contents are checked by their digests.
package enum PackReader {
  /// Whether a file starts like a packed run. It may still be damaged.
  package static func isPack(_ path: String) -> Bool {
    guard let file = try? FileReader(path), let block = try? file.read(atMost: TarHeader.block) else { return false }
    return first(block) != nil
  }

  /// Compares everything with its digest. Returns the number of files.
  /// - Throws: RecordError.packDamaged, which names the part that was changed after it was written.
  package static func verify(_ path: String) throws -> Int {
    let archive = try open(path)
    try forEachFile(archive, path) { _, _ in }
    return archive.list.files.count
  }

  /// Unpacks it into a new folder and passes that to `body`. The folder is removed afterwards, also after an error.
  /// - Throws: as `verify`; FileError if the folder can't be made.
  package static func withFolder<Result>(_ path: String, _ body: (_ run: String) throws -> Result) throws -> Result {
    let archive = try open(path)
    return try POSIXFile.withTemporaryFolder("swerve-packed") { temporary in
      let run = Path.join(temporary, archive.list.name)
      try unpack(archive, path, to: run)
      return try body(run)
    }
  }

  private struct Archive {
    let file: FileReader
    let list: PackList
  }

  /// Reads the folder's name and the size of the list from the first block of a packed run.
  private static func first(_ block: ArraySlice<UInt8>) -> (name: String, bytes: Int)? {
    guard let (path, bytes) = TarHeader.parse(block), bytes <= PackList.largest else { return nil }
    return path.start(before: "/" + PackList.fileName).map { ($0, bytes) }
  }

  private static func open(_ path: String) throws -> Archive {
    guard POSIXFile.kind(path) != nil else { throw RecordError.noRun(path: path) }
    let file = try FileReader(path)
    guard let (name, bytes) = first(try file.read(atMost: TarHeader.block)), bytes <= file.bytes else {
      throw RecordError.packDamaged(
        path: path, part: "its first 512 bytes", detail: "the header of a packed run's pack.json was expected")
    }
    let text = Array(try file.read(atMost: bytes))
    let list = try PackList(text, name: name, path: path)
    try expect(TarHeader.padding(bytes), file, path, "the bytes after pack.json")
    guard list.archiveBytes(bytes) == file.bytes else {
      let expected = list.archiveBytes(bytes).map(String.init) ?? "fewer"
      throw RecordError.packDamaged(
        path: path, part: "its size", detail: "\(file.bytes) bytes, expected \(expected): it was cut off or added to")
    }
    return Archive(file: file, list: list)
  }

  private static func forEachFile(
    _ archive: Archive, _ path: String, _ body: (PackList.File, ArraySlice<UInt8>?) throws -> Void
  ) throws {
    for file in archive.list.files {
      let header = TarHeader.bytes(path: archive.list.name + "/" + file.path, bytes: file.bytes)
      try expect(header, archive.file, path, "the header of \(file.path)")
      var digest = DigestInProgress()
      var left = file.bytes
      while left > 0 {
        let piece = try archive.file.read(atMost: min(left, FileReader.pieceBytes))
        guard !piece.isEmpty else {
          throw RecordError.packDamaged(path: path, part: file.path, detail: "\(left) bytes are missing")
        }
        digest.add(piece)
        try body(file, piece)
        left -= piece.count
      }
      let found = digest.value
      guard found === file.sha256 else {
        throw RecordError.packDamaged(path: path, part: file.path, detail: "recorded \(file.sha256), found \(found)")
      }
      try expect(TarHeader.padding(file.bytes), archive.file, path, "the bytes after \(file.path)")
      // The file is whole.
      try body(file, nil)
    }
    try expect(TarHeader.end, archive.file, path, "its last 1024 bytes")
  }

  private static func expect(_ expected: [UInt8], _ file: FileReader, _ path: String, _ part: String) throws {
    guard try file.read(atMost: expected.count).elementsEqual(expected) else {
      throw RecordError.packDamaged(path: path, part: part, detail: "other bytes than pack.json asks for")
    }
  }

  private static func unpack(_ archive: Archive, _ path: String, to run: String) throws {
    try POSIXFile.makeFolders(run)
    var growing: AppendFile?
    try forEachFile(archive, path) { file, piece in
      let place = Path.join(run, file.path)
      if growing == nil {
        try POSIXFile.makeFolders(Path.parent(place))
        growing = try AppendFile(place, continuingAt: nil)
      }
      if let piece { try growing?.append(piece) } else { growing = nil }
    }
  }
}
