import SwerveText

/// Where the checkpoints are that a script names.
struct CheckpointPlaces: Sendable {
  private let project: Project
  /// Of a run that came out of a packed file: the files that it brought along, by the paths of the record.
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

  /// The path of a record, seen from the project.
  func recorded(_ path: String) -> String { Path.join(Path.parent(project.script), path) }

  /// The file that holds it; it need not be there.
  func place(_ path: String) -> String {
    let recorded = recorded(path)
    return brought.first { $0.recorded === recorded }?.place ?? Path.join(project.scriptFolder, path)
  }
}
