import Glibc
import SwerveRecords

/// What the file system says about a file without opening it. If two stamps are equal, and the older one was taken well
/// after the last change of the file, the content is the same.
struct FileStamp: Equatable {
  let inode: UInt64
  let bytes: Int
  /// The time when the content last changed, in nanoseconds since 1970.
  let modified: Int
  /// The time when anything last changed, including the times themselves. No program can set it.
  let changed: Int

  /// nil if there is no regular file.
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

/// The stamps of the files from which a run's row in a list is made.
struct RunStamp: Equatable {
  private let manifest: FileStamp
  private let result: FileStamp?
  /// Present only for a run without a result, because its row is made from its steps.
  private let metrics: FileStamp?

  /// nil for a folder that is not a run.
  init?(_ folder: RunFolder) {
    guard let manifest = FileStamp(folder.manifest) else { return nil }
    self.manifest = manifest
    result = FileStamp(folder.result)
    metrics = result == nil ? FileStamp(folder.metrics) : nil
  }

  var text: String { [manifest, result, metrics].map { $0?.text ?? "-" }.joined(separator: ", ") }

  /// The time when one of the files last changed.
  var latest: Int { [manifest, result, metrics].compactMap { $0.map { max($0.modified, $0.changed) } }.max() ?? 0 }
}
