import SwerveFiles
import SwerveRecords
import SwerveText

/// Finds the files of the checkpoints that a script names.
struct CheckpointPlaces: Sendable {
  private let project: Project
  /// The checkpoint files of a run that was unpacked, by the paths of the record.
  private let brought: [(recorded: String, place: String)]

  init(_ project: Project) {
    self.project = project
    brought = []
  }

  init(_ project: Project, _ run: RecordedRun) {
    self.project = project
    brought = run.manifest.inputs.files.filter { !$0.isCopied }.compactMap { file in
      let place = Path.join(run.folder.inputs, file.sha256)
      return POSIXFile.kind(place) == .file ? (file.path, place) : nil
    }
  }

  /// The path in a record, relative to the project.
  func recorded(_ path: String) -> String { Path.join(Path.parent(project.script), path) }

  /// The path of the checkpoint's file, which may not exist.
  func place(_ path: String) -> String {
    let recorded = recorded(path)
    return brought.first { $0.recorded === recorded }?.place ?? Path.join(project.scriptFolder, path)
  }
}
