import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// The numbers of runs as a folder that TensorBoard shows: RUN/STAGE/events.out.tfevents.TIME.swerve.
///
/// Each stage has a folder of its own, because steps count from 1 in each. The times of the events are those of the
/// record: the date of the run, and the seconds that it had taken at each step. So the same run gives the same bytes.
package enum TensorBoardExport {
  /// - Parameter folder: is made where it does not exist. Event files of the same runs are replaced.
  /// - Returns: what was found, and the files that were written.
  /// - Throws: UsageError for a folder that is a run; as `ExportedRuns.read`; FileError.
  package static func write(
    _ runs: ExportedRuns, to folder: String
  ) throws -> (outcome: ExportedRuns.Outcome, files: [String]) {
    if POSIXFile.kind(RunFolder(path: folder).manifest) != nil {
      throw UsageError(
        "\(folder) is a run, and nothing is written into one",
        hint: "-o FOLDER names the folder to write; without it, that is the last path")
    }
    let names = names(of: runs.folders)
    var files: [String] = []
    let outcome = try runs.read { run, outcome in
      guard let name = names[ExactString(run.path)] else { return }
      let start = run.manifest.notCompared.first { $0.0 == "date" }.flatMap { Clock.seconds($0.1) } ?? 0
      let costs = try RunCost.ofSteps(run.folder)
      var stages: [(name: String, file: EventFile)] = []
      for line in run.recorded.steps {
        let values = runs.values(line, &outcome)
        if values.isEmpty { continue }
        let time = Double(start) + (costs[ExactString(line.stage)]?[line.step]?.seconds ?? 0)
        if stages.last?.name !== line.stage { stages.append((line.stage, EventFile(time: time))) }
        stages[stages.count - 1].file.add(step: line.step, time: time, values)
      }
      for (stage, file) in stages {
        let place = Path.join(Path.join(folder, name), Path.fileName(stage))
        try POSIXFile.makeFolders(place)
        // TensorBoard looks for "tfevents" in the name, and reads the files of a folder in the order of their names.
        let path = Path.join(place, "events.out.tfevents.\(start).swerve")
        try POSIXFile.writeAtomically(file.bytes, to: path)
        files.append(path)
      }
    }
    return (outcome, files)
  }

  /// The folder of each run, by its path: the run's own name; for runs of the same name in different folders, the whole
  /// path as one name.
  private static func names(of folders: [RunFolder]) -> [ExactString: String] {
    let named = folders.map { folder in
      let whole = Path.absolute(folder.path) ?? folder.path
      return (path: ExactString(folder.path), whole: whole, name: ExactString(Path.name(whole)))
    }
    let uses = Dictionary(named.map { ($0.name, 1) }, uniquingKeysWith: +)
    return Dictionary(
      named.map { ($0.path, uses[$0.name] == 1 ? $0.name.wrappedValue : Path.fileName($0.whole)) },
      uniquingKeysWith: { first, _ in first })
  }
}
