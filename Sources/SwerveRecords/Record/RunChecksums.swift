import SwerveFiles
import SwerveText

/// `SHA256SUMS` of a run that has a result: one line for every file of the folder. With it, a flipped bit anywhere is
/// found and its file can be named. `sha256sum -c SHA256SUMS` in the folder checks it, too.
///
/// The last line is a comment for sha256sum, with the digest of the lines above.
package struct RunChecksums: Equatable, Sendable {
  package static let fileName = "SHA256SUMS"
  private static let endMark = "# "

  /// In bytewise order of path, which is relative to the folder.
  package let files: [FileDigest]

  package var text: String {
    let lines = files.map { "\($0.sha256)  \($0.path)\n" }.joined()
    return lines + Self.endMark + Digest.of(lines) + "\n"
  }

  /// The checksums of all files as they are now, and of the result that will be written next.
  package static func of(_ folder: RunFolder, result: String) throws -> RunChecksums {
    let own = [fileName, Path.name(folder.result)]
    var files = try RunFiles.list(folder).filter { !own.containsExactly($0) && !$0.beginsExactly(with: "inputs/") }.map
    {
      FileDigest(path: $0, sha256: try Digest.ofFile(Path.join(folder.path, $0)))
    }
    files.append(FileDigest(path: Path.name(folder.result), sha256: Digest.of(result)))
    return RunChecksums(files: files.sorted { $0.path.isExactlyBefore($1.path) })
  }

  init(files: [FileDigest]) { self.files = files }

  /// - Throws: RecordError for a file that is not byte for byte as it was written.
  package static func read(_ path: String) throws -> RunChecksums {
    guard let text = String(validating: try POSIXFile.read(path), as: UTF8.self) else {
      throw RecordError.fileChanged(path: path, recorded: "text", found: "bytes that are not UTF-8")
    }
    let lines = text.pieces(at: "\n", omittingEmpty: false).dropLast()
    let sums = RunChecksums(
      files: lines.dropLast().map { line in
        FileDigest(
          path: String(line.unicodeScalars.dropFirst(66)), sha256: line.leading(64))
      })
    guard sums.text === text, sums.files.allSatisfy({ RunFiles.isSafe($0.path) }) else {
      throw RecordError.fileChanged(
        path: path, recorded: lines.last.map { String($0.unicodeScalars.dropFirst(2).prefix(64)) } ?? "lines",
        found: "other lines than were hashed")
    }
    return sums
  }

  /// Hashes every file again.
  /// - Parameter most: the most bytes to hash, the smallest files first; nil: all. The other files must only exist.
  /// - Returns: how many files were not hashed.
  /// - Throws: RecordError.fileChanged for the first file that was changed, `.file` for one that can't be read.
  @discardableResult
  package func verify(_ folder: RunFolder, atMost most: Int? = nil) throws -> Int {
    var left = most ?? .max
    let indexed = files.enumerated().map { index, file in
      (index: index, file: file, bytes: POSIXFile.size(Path.join(folder.path, file.path)))
    }
    let smallestFirst = indexed.sorted { ($0.bytes ?? 0, $0.index) < ($1.bytes ?? 0, $1.index) }
    for (hashed, next) in (most == nil ? indexed : smallestFirst).enumerated() {
      guard let bytes = next.bytes, bytes <= left else {
        if next.bytes != nil { return files.count - hashed }
        throw changed(next.file, in: folder, found: "no such file")
      }
      left -= bytes
      let found = try Digest.ofFile(Path.join(folder.path, next.file.path))
      if found !== next.file.sha256, !saysTheSame(next.file.path, in: folder) {
        throw changed(next.file, in: folder, found: found)
      }
    }
    return 0
  }

  /// Whether a file is a checkpoint that another tool loaded and saved. Then its header has another order but the same
  /// content, its own digests hold, and its weights are those that the run recorded.
  private func saysTheSame(_ path: String, in folder: RunFolder) -> Bool {
    guard path.endsExactly(with: ".safetensors"),
      let checkpoint = try? CheckpointFile.read(Path.join(folder.path, path))
    else { return false }
    let stages = (try? RunReader.result(folder))?.stages ?? []
    let recorded = stages.first { $0.checkpoint === path }?.weightsSHA256
    let position = try? RunPosition.read(folder.position)
    let snapshots = (position?.kept ?? []) + (position?.snapshot.map { [$0] } ?? [])
    let kept = snapshots.first { $0.file === Path.name(path) }?.weightsSHA256
    return (recorded ?? kept).map { $0 === checkpoint.weightsSHA256 } ?? false
  }

  private func changed(_ file: FileDigest, in folder: RunFolder, found: String) -> RecordError {
    .fileChanged(path: Path.join(folder.path, file.path), recorded: file.sha256, found: found)
  }
}
