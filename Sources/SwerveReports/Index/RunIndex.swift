import SwerveFiles
import SwerveText

/// The rows of a folder's runs, as they were last read. With it, thousands of runs are listed without opening their
/// files.
///
/// It is only a cache, in the folder itself. An entry is valid only while the stamps of its run's files are unchanged
/// and its own digest holds. If anything is wrong with the index file, it is removed and made again. If it can't be
/// written, all runs are read each time.
struct RunIndex {
  static let fileName = ".swerve-index.sqlite"
  /// Increased when the meaning of entries changes.
  private static let format = 3
  /// Longer entries are neither stored nor used.
  private static let largestEntry = 1 << 20

  /// The row of one run as text, and the stamp of the files from which it was made.
  struct Entry {
    let stamp: String
    let row: String
  }

  private let path: String

  init(folder: String) { path = Path.join(folder, Self.fileName) }

  /// Every entry whose digest holds, by the name of the run's folder. Empty if there is no readable index.
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

  /// Updates the entries. Entries that can't be written are left out, and the next listing reads these runs again.
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

  /// nil if the database could not be used. A damaged database is removed.
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
