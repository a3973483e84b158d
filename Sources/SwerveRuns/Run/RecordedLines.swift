import SwerveFiles
import SwerveRecords

/// A file of lines that a run adds to beside metrics.jsonl, and the digest of what it has.
final class RecordedLines {
  private let file: AppendFile
  private var digest: DigestInProgress

  /// A new file.
  init(_ path: String) throws {
    file = try AppendFile(path, continuingAt: nil)
    digest = DigestInProgress()
  }

  /// - Parameter digest: of the part that `cut` keeps.
  init(continuing file: AppendFile, _ digest: DigestInProgress) {
    self.file = file
    self.digest = digest
  }

  var bytes: Int { file.count }
  var sha256: String { digest.value }

  /// - Parameter line: without its end.
  func add(_ line: String) throws {
    digest.add(line + "\n")
    try file.append(line + "\n")
  }

  /// Drops everything after the first bytes.
  func cut(to bytes: Int) throws { try file.cut(to: bytes) }

  func sync() throws { try file.sync() }
}
