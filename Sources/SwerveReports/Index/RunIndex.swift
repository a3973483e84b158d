import SwerveFiles
import SwerveText

/// What the runs of a folder said when they were last read, so that thousands are listed without opening their files.
///
/// A cache in the folder itself, never the truth: an entry counts only as long as the stamps of its run's files are what they
/// were and its own digest holds. Whatever is wrong with the file, it is removed and made again; where it can't be written,
/// everything is read each time.
struct RunIndex {
  static let fileName = ".swerve-index.sqlite"
  /// Raised when entries mean something else.
  private static let format = 2
  /// Longer entries are not kept, and not believed.
  private static let largestEntry = 1 << 20

  /// The row of one run as text, and what it was made from.
  struct Entry {
    let stamp: String
    let row: String
  }

  private let path: String

  init(folder: String) { path = Path.join(folder, Self.fileName) }

  /// Every entry whose digest holds, by the name of the run's folder. Empty where there is no index that can be read.
  func entries() -> [ExactString: Entry] {
    guard POSIXFile.kind(path) == .file else { return [:] }
    return removingDamage { database in
      var entries: [ExactString: Entry] = [:]
      try database.run("SELECT name, stamp, row, digest FROM runs WHERE length(row) <= ?", [Self.limit]) { row in
        guard let name = row.text(0), let stamp = row.text(1), let text = row.text(2) else { return }
        let entry = Entry(stamp: stamp, row: text)
        if row.text(3) === Self.digest(name, entry) { entries[ExactString(name)] = entry }
      }
      return entries
    } ?? [:]
  }

  /// Makes the entries those of now. What can't be written is left out: the next listing reads it again.
  func update(_ changed: [(name: String, entry: Entry)], removing gone: [String]) {
    guard !changed.isEmpty || !gone.isEmpty, [nil, .file].contains(POSIXFile.kind(path)) else { return }
    let rows = changed.filter { $0.entry.row.utf8.count <= Self.largestEntry }.map { name, entry in
      [name, entry.stamp, entry.row, Self.digest(name, entry)].map { SQLiteDatabase.Value.text($0) }
    }
    removingDamage { database in
      try database.run(
        "CREATE TABLE IF NOT EXISTS runs (name TEXT PRIMARY KEY, stamp TEXT, row TEXT, digest TEXT)")
      try database.transaction([
        ("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", rows),
        ("DELETE FROM runs WHERE name = ?", gone.map { [.text($0)] }),
      ])
    }
  }

  /// nil where the database could not be used; a damaged one is gone then.
  @discardableResult
  private func removingDamage<Result>(_ body: (SQLiteDatabase) throws -> Result) -> Result? {
    do {
      return try body(SQLiteDatabase(path))
    } catch let error as SQLiteError where error.isDamage {
      try? POSIXFile.remove(path)
      return nil
    } catch {
      return nil
    }
  }

  private static var limit: SQLiteDatabase.Value { .integer(Int64(largestEntry)) }

  private static func digest(_ name: String, _ entry: Entry) -> String {
    var digest = DigestInProgress()
    digest.add("\(format)\n\(name)\n\(entry.stamp)\n")
    digest.add(entry.row)
    return digest.value
  }
}
