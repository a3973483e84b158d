import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// Lists the runs of a folder.
package enum RunList {
  /// The fewest runs for which a folder gets an index. Fewer runs are read as fast as an index.
  package static let indexedRuns = 32
  /// After this many nanoseconds, a file that changes again gets a different time on every file system.
  private static let settling = 2_000_000_000

  /// Every run folder in the folder, in bytewise order of name; one that cannot be read is listed with the reason.
  /// - Parameters:
  ///   - indexedRuns: from how many runs on an index is kept in the folder.
  ///   - now: nanoseconds since 1970. Files that changed shortly before are read each time, because they could change
  ///     again without a change of their times.
  /// - Throws: `FileError` if the folder cannot be listed.
  package static func scan(
    _ folder: String, indexedRuns: Int = RunList.indexedRuns, now: Int = Clock.nanoseconds()
  ) throws -> [RunRow] {
    let halved = HalvingRecord.stops(in: folder)
    return try recorded(folder, indexedRuns: indexedRuns, now: now).map { row in
      // That a process writes it is in no file, and no index has it. What a sweep decided is in no run.
      var row = row
      if row.state == .interrupted { row.halvedAt = halved.first { $0.folder === Path.name(row.path) }?.step }
      if row.state == .incomplete, FileLock.isHeld(RunFolder(path: row.path).metrics) { row.state = .running }
      return row
    }
  }

  private static func recorded(_ folder: String, indexedRuns: Int, now: Int) throws -> [RunRow] {
    let runs = try POSIXFile.list(folder).filter { !$0.beginsExactly(with: ".") }.compactMap { name in
      let run = RunFolder(path: Path.join(folder, name))
      return RunStamp(run).map { (name: name, folder: run, stamp: $0) }
    }
    guard runs.count >= indexedRuns else { return runs.map { read($0.folder) } }
    let index = RunIndex(folder: folder)
    let entries = index.entries()
    var changed: [(name: String, entry: RunIndex.Entry)] = []
    let rows = runs.map { run in
      let stamp = run.stamp.text
      if let entry = entries[ExactString(run.name)], entry.stamp === stamp,
        let row = try? RunRow(cached: entry.row, path: run.folder.path)
      {
        return row
      }
      let row = read(run.folder)
      // The reason contains the path as it was given this time, so it is not stored.
      if row.state != .unreadable && run.stamp.latest < now - settling {
        changed.append((run.name, RunIndex.Entry(stamp: stamp, row: row.cached.compact())))
      }
      return row
    }
    let names = Set(runs.map { ExactString($0.name) })
    index.update(changed, removing: entries.keys.filter { !names.contains($0) }.sorted().map(\.wrappedValue))
    return rows
  }

  private static func read(_ folder: RunFolder) -> RunRow {
    do { return try RunRow(folder) } catch { return RunRow(unreadable: folder, error) }
  }

  package static func text(_ rows: [RunRow]) -> String {
    let head = ["RUN", "SEED", "STAGES", "STEPS", "STATUS", "TIME", "WEIGHTS", "LAST METRICS"]
    return TextTable.text(
      [head]
        + rows.map { row in
          [
            row.path, row.seed.map(String.init) ?? "-", row.stages.joined(separator: ","),
            row.steps == row.planned ? "\(row.steps)" : "\(row.steps)/\(row.planned)", row.statusText,
            row.cost.map { DisplayNumber.duration($0.seconds) } ?? "-",
            row.weightsSHA256.map { $0.leading(8) } ?? "-", row.problem ?? shown(row.metrics),
          ]
        })
  }

  package static func json(_ rows: [RunRow]) -> JSONValue { .array(rows.map(\.json)) }

  /// Of the metrics that the list shows, the three that people look for first.
  private static func shown(_ metrics: [Metric]) -> String {
    let listed = metrics.filter { $0.value != nil && MetricTable.isShown($0.name, in: .list) }
    return MetricTable.byProminence(listed.map(\.name)).prefix(3).map { name in
      "\(name)=\(ExactText.text(listed.first { $0.name === name }?.value ?? .nan))"
    }.joined(separator: " ")
  }
}
