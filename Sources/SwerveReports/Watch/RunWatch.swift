import SwerveFiles
import SwerveRecords
import SwerveText

/// A run, or the runs of a folder, looked at again and again from their files alone.
struct RunWatch {
  /// A run with the number by which the page calls it, and the revision in which it last changed.
  struct Entry {
    let id: Int
    /// Names of folders below the watched one; empty for a single run.
    fileprivate let place: [String]
    fileprivate(set) var run: WatchedRun
    fileprivate(set) var revision: Int
  }

  /// More runs than these are not shown.
  static let mostRuns = 20_000

  /// What the user named, for the page's title.
  let title: String
  private let root: SealedFolder
  private let isSingleRun: Bool
  private(set) var entries: [Entry] = []
  /// Raised with each change.
  private(set) var revision = 0
  /// The revision in which a run was last removed, so that a page knows that its list is no longer right.
  private(set) var lastRemoval = 0
  private var nextID = 1
  private(set) var hasMoreRuns = false

  /// - Parameter path: a run folder, or a folder of them. It may be empty; runs that appear later are found.
  /// - Throws: FileError for a path that is no folder.
  init(_ path: String) throws {
    root = try SealedFolder(path)
    isSingleRun = root.stamp("manifest.json") != nil
    title = Path.name(Path.absolute(path) ?? path)
  }

  /// Looks at all runs.
  /// - Parameters:
  ///   - open: the runs whose steps are wanted.
  ///   - now: nanoseconds since 1970.
  mutating func update(open: Set<Int>, now: Int) {
    let places = places()
    let known = Set(places.map { ExactString($0.joined(separator: "/")) })
    let before = entries.count
    entries.removeAll { !known.contains(ExactString($0.place.joined(separator: "/"))) }
    if entries.count != before {
      revision += 1
      lastRemoval = revision
    }
    let listed = Set(entries.map { ExactString($0.place.joined(separator: "/")) })
    for place in places where !listed.contains(ExactString(place.joined(separator: "/"))) {
      revision += 1
      let name = place.isEmpty ? title : place.joined(separator: "/")
      entries.append(Entry(id: nextID, place: place, run: WatchedRun(name: name), revision: revision))
      nextID += 1
    }
    for index in entries.indices {
      guard let folder = folder(entries[index].place) else { continue }
      if entries[index].run.update(in: folder, isOpen: open.contains(entries[index].id), now: now) {
        revision += 1
        entries[index].revision = revision
      }
    }
  }

  /// Looks for new samples of a run; nil if there is no such run.
  mutating func updateSamples(of id: Int) -> (run: WatchedRun, folder: SealedFolder)? {
    guard let index = entries.firstIndex(where: { $0.id == id }), let folder = folder(entries[index].place) else {
      return nil
    }
    entries[index].run.updateSamples(in: folder)
    return (entries[index].run, folder)
  }

  func run(_ id: Int) -> WatchedRun? { entries.first { $0.id == id }?.run }

  private func folder(_ place: [String]) -> SealedFolder? {
    place.reduce(root) { folder, name in folder?.folder(name) }
  }

  /// Where runs are: in the folder itself, and in folders of runs in it, such as a sweep's.
  private mutating func places() -> [[String]] {
    if isSingleRun { return [[]] }
    var places: [[String]] = []
    for name in (try? root.names()) ?? [] {
      guard let folder = root.folder(name) else { continue }
      if folder.stamp("manifest.json") != nil {
        places.append([name])
      } else {
        for inner in (try? folder.names()) ?? [] where folder.folder(inner)?.stamp("manifest.json") != nil {
          places.append([name, inner])
        }
      }
      if places.count > Self.mostRuns { break }
    }
    hasMoreRuns = places.count > Self.mostRuns
    return Array(places.prefix(Self.mostRuns))
  }
}
