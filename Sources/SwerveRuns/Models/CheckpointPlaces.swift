import SwerveFiles
import SwerveRecords
import SwerveText
import Synchronization

/// The model below adapters that a stage starts from.
struct ScriptModelBase {
  /// The path of the adapters, as the script names it.
  let adapters: String
  let files: ModelFiles
  /// Its own path, as the script would name it.
  let path: String
  /// As the adapters name it.
  let digest: String
}

/// Finds the files of the models that a script names. A model that was found is not looked for again, so that what its
/// files say is read once.
struct CheckpointPlaces: Sendable {
  private let project: Project
  /// The models' files of a run that was unpacked, by the paths of the record.
  private let brought: [(recorded: String, place: String)]
  /// The models of a run's record, as its script would name them.
  private let recordedModels: [String]
  private let found = Found()

  private final class Found: Sendable {
    let models = Mutex<[ExactString: ModelFiles]>([:])
  }

  init(_ project: Project) {
    self.project = project
    (brought, recordedModels) = ([], [])
  }

  init(_ project: Project, _ run: RecordedRun) { self.init(project, run.folder, run.manifest) }

  init(_ project: Project, _ folder: RunFolder, _ manifest: Manifest) {
    self.project = project
    recordedModels = (manifest.modelInputs.models + manifest.checkpointContents.map(\.path))
      .map { Path.seen($0, from: project.script) }
    brought = manifest.filesWithoutCopy.compactMap { file in
      let place = Path.join(folder.inputs, file.sha256)
      return POSIXFile.kind(place) == .file ? (file.path, place) : nil
    }
  }

  /// The path in a record, relative to the project.
  func recorded(_ path: String) -> String { Path.join(Path.parent(project.script), path) }

  /// The path of the model's file or folder beside the script, which may not exist.
  func place(_ path: String) -> String { Path.join(project.scriptFolder, path) }

  /// Where a file without a copy is: in the run that brought it, else in the project.
  /// - Parameter path: its path in the record.
  func place(recorded path: String) -> String {
    brought.first { $0.recorded === path }?.place ?? Path.join(project.root, path)
  }

  /// The files of a model: those that a run brought with it, else those beside the script.
  /// - Throws: CheckpointError.missing; UsageError for a folder that is no model.
  func files(_ path: String) throws -> ModelFiles {
    let key = ExactString(path)
    if let known = found.models.withLock({ $0[key] }) { return known }
    let files = try find(path)
    found.models.withLock { $0[key] = files }
    return files
  }

  /// The model below the adapters of a checkpoint that the script names: one of those that the run's record has, or the one
  /// that the adapters were trained on.
  /// - Parameters:
  ///   - path: the adapters' path, as the script names it.
  ///   - given: where the user says that it is.
  /// - Throws: AdapterBaseError where it is not there.
  func base(
    of adapters: AdapterBase, _ path: String, given: ModelFiles?
  ) throws -> (base: ScriptModelBase, checkpoint: Checkpoint?) {
    let found = try adapters.find(
      given: given, first: recordedModels.filter { $0 !== path }.map { path in { try files(path) } })
    let recorded = recordedModels.first { (try? files($0).path) === found.files.path }
    return (
      ScriptModelBase(
        adapters: path, files: found.files, path: recorded ?? scriptPath(found.files.path), digest: adapters.digest),
      found.checkpoint
    )
  }

  /// The path by which the script would name a file or a folder: from its own folder where that lies in the project.
  private func scriptPath(_ path: String) -> String {
    guard let place = Path.absolute(path), let folder = Path.absolute(project.scriptFolder) else { return path }
    if let inside = place.rest(after: folder + "/") { return inside }
    guard let root = Path.absolute(project.root), let inside = place.rest(after: root + "/"),
      let below = folder.rest(after: root + "/")
    else { return place }
    return String(repeating: "../", count: below.pieces(at: "/").count) + inside
  }

  private func find(_ path: String) throws -> ModelFiles {
    let recorded = recorded(path)
    if let file = brought.first(where: { $0.recorded === recorded }) {
      return ModelFiles(file.place, file: (Path.name(path), file.place))
    }
    let inFolder = brought.compactMap { file in
      file.recorded.rest(after: recorded + "/").map { (name: $0, place: file.place) }
    }
    return inFolder.isEmpty ? try ModelFiles(place(path)) : try ModelFiles(recorded, folder: inFolder)
  }
}
