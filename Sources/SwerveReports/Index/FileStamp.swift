import Glibc
import SwerveRecords

/// What the file system says of a file without opening it. Two equal stamps, the older one taken well after the file was last
/// touched, mean the same content.
struct FileStamp: Equatable {
  let inode: UInt64
  let bytes: Int
  /// When the content changed, in nanoseconds since 1970.
  let modified: Int
  /// When anything changed, also the times: no program can set it.
  let changed: Int

  /// nil where no regular file is.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    inode = UInt64(status.st_ino)
    bytes = Int(status.st_size)
    modified = Self.nanoseconds(status.st_mtim)
    changed = Self.nanoseconds(status.st_ctim)
  }

  var text: String { "\(inode) \(bytes) \(modified) \(changed)" }

  private static func nanoseconds(_ time: timespec) -> Int { Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec) }
}

/// The stamps of the files that a run's row in a list is made from.
struct RunStamp: Equatable {
  private let manifest: FileStamp
  private let result: FileStamp?
  /// Only of a run without a result, whose row is made from its steps.
  private let metrics: FileStamp?

  /// nil for a folder that is no run.
  init?(_ folder: RunFolder) {
    guard let manifest = FileStamp(folder.manifest) else { return nil }
    self.manifest = manifest
    result = FileStamp(folder.result)
    metrics = result == nil ? FileStamp(folder.metrics) : nil
  }

  var text: String { [manifest, result, metrics].map { $0?.text ?? "-" }.joined(separator: ", ") }

  /// When one of the files last changed.
  var latest: Int { [manifest, result, metrics].compactMap { $0.map { max($0.modified, $0.changed) } }.max() ?? 0 }
}
