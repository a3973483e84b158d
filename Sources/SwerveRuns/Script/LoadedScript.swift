import LuaRuntime
import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveScript
import SwerveTensor
import SwerveText

/// Everything besides the script that the command line can set for a run.
package struct RunSettings: Sendable {
  /// The values of `--set`, in order.
  package var options: [(key: String, value: String)] = []
  package var seed: UInt64 = 1
  package var math: MathMode = .exact
  package var limits = LuaLimits()
  /// The number of threads does not change any bit.
  package var threads = 1
  /// The model below adapters that a stage starts from; nil: where their run had it.
  package var base: String?

  package init() {}
}

/// A script that was loaded and checked, with the digests of all its inputs.
package struct LoadedScript {
  package let project: Project
  package let experiment: ScriptedExperiment
  package let inputs: RunInputs
  /// The model of each stage of the plan, in order.
  let models: [PlanCheck.StageModel]
  let settings: RunSettings
  /// The digest of the content of each checkpoint that a stage starts from, by the path in the record.
  let checkpointContents: [FileDigest]
  private let checkpoints: CheckpointPlaces
  /// The models below the adapters of the checkpoints that stages start from.
  private let bases: [ScriptModelBase]

  package var plan: ExperimentPlan { experiment.plan }

  /// The files of the model that a stage's `from` names.
  func files(ofModel path: String) throws -> ModelFiles { try checkpoints.files(path) }

  /// The model below the adapters that a stage's `from` names; nil for a whole model.
  func base(ofModel path: String) -> ScriptModelBase? { bases.first { $0.adapters === path } }

  /// Whether a stage starts from adapters.
  var usesBase: Bool { !bases.isEmpty }

  /// Checks that a base that was given is the model below adapters that a stage starts from.
  /// - Throws: UsageError.
  package func requireUseOfBase() throws {
    if settings.base == nil || usesBase { return }
    throw UsageError(
      "--base is for scripts that start from a checkpoint of adapters, and \(project.script) starts from none")
  }

  /// Loads a script from the disk without running its stages.
  /// - Parameter output: what `print` writes.
  /// - Throws: ScriptError for mistakes in the script, FileError or CheckpointError for files, OpenBLASError.
  package static func load(
    _ path: String, _ settings: RunSettings, output: @escaping (String) -> Void
  ) throws -> LoadedScript {
    let project = try Project(script: path)
    let file = ScriptFile(path: project.script, text: try POSIXFile.text(Path.join(project.root, project.script)))
    let files = ScriptFiles.onDisk(project, library: try LuaLibrary.folder())
    return try LoadedScript(
      project: project, file: file, files: files, checkpoints: CheckpointPlaces(project), settings, output: output)
  }

  /// Loads the copies that a run folder holds, with the run's options and seed. Checkpoints are read from the run
  /// folder if it has them, else from their original paths.
  static func load(
    _ run: RecordedRun, project: Project, settings: RunSettings, output: @escaping (String) -> Void
  ) throws -> LoadedScript {
    let checkpoints = CheckpointPlaces(project, run)
    let files = ScriptFiles.copies(
      try run.scriptCopies(), script: run.manifest.script, place: { checkpoints.place(recorded: $0) })
    guard let text = try files.read(run.manifest.script) else {
      throw FileError.refused(
        FileOperation("find the copy of the script in"), path: run.folder.script,
        reason: "\(run.manifest.script) is missing")
    }
    return try LoadedScript(
      project: project, file: ScriptFile(path: run.manifest.script, text: text), files: files,
      checkpoints: checkpoints, settings, output: output)
  }

  private init(
    project: Project, file: ScriptFile, files: ScriptFiles, checkpoints: CheckpointPlaces,
    _ settings: RunSettings, output: @escaping (String) -> Void
  ) throws {
    if settings.math == .blas { _ = try OpenBLAS.load() }
    self.project = project
    self.settings = settings
    self.checkpoints = checkpoints
    experiment = try ScriptedExperiment.load(
      file, options: settings.options, seed: settings.seed, limits: settings.limits, library: files,
      models: { path in try ModelTexts.read(checkpoints.files(path), name: path) }, output: output)
    for path in experiment.filesRead.map(\.path) + experiment.largeFiles.map(\.path) {
      if let problem = RunFiles.problem(ofScript: path) {
        throw FileError.refused(FileOperation("record"), path: path, reason: problem)
      }
    }
    var digests = experiment.filesRead.dropFirst().map { FileDigest(path: $0.path, sha256: Digest.of($0.text)) }
    digests += experiment.largeFiles.map { FileDigest(path: $0.path, sha256: $0.sha256) }
    for path in experiment.checkpointPaths {
      do {
        digests += try checkpoints.files(path).digests(recorded: checkpoints.recorded(path))
      } catch CheckpointError.missing(let place, _) {
        throw CheckpointError.missing(path: place, at: experiment.place(ofCheckpoint: path).map { "\($0)" })
      }
    }
    var contents: [FileDigest] = []
    var bases: [ScriptModelBase] = []
    func add(_ content: String, of path: String) {
      let content = FileDigest(path: checkpoints.recorded(path), sha256: content)
      if !contents.contains(content) { contents.append(content) }
    }
    models = try PlanCheck.models(experiment) { path in
      let files = try checkpoints.files(path)
      guard files.isCheckpoint else {
        return PlanCheck.StageModel(
          configuration: try files.stored().configuration, tokenizer: try files.tokenizer().identity)
      }
      let checkpoint = try CheckpointFile.read(files.checkpoint)
      add(checkpoint.contentSHA256, of: path)
      let (configuration, tokenizer) = try CheckpointLoading.description(checkpoint, path: files.checkpoint)
      if configuration.adapters != nil {
        let (base, content) = try checkpoints.base(
          of: AdapterBase(checkpoint, path: files.checkpoint), path, given: settings.base.map { try ModelFiles($0) })
        bases.append(base)
        if let content { add(content.contentSHA256, of: base.path) }
      }
      return PlanCheck.StageModel(configuration: configuration, tokenizer: tokenizer.identity)
    }
    checkpointContents = contents
    self.bases = bases
    // The model below adapters is an input, too.
    for base in bases {
      let recorded = try base.files.digests(recorded: checkpoints.recorded(base.path))
      digests += recorded.filter { file in !digests.contains { $0.path === file.path } }
    }
    inputs = RunInputs(
      scriptSHA256: Digest.of(file.text), files: digests, options: Self.json(experiment.options), seed: settings.seed,
      limits: Self.json(settings.limits), math: settings.math.rawValue, mathVersion: mathVersion)
  }

  /// The depth is included only if it is not the default. So older records, which have no depth, keep the same digest.
  private static func json(_ limits: LuaLimits) -> JSONValue {
    let members = [
      JSONMember("instructions", .integer(limits.instructions)),
      JSONMember("memory_bytes", .integer(limits.memoryBytes)),
      JSONMember("output_bytes", .integer(limits.outputBytes)),
      JSONMember("source_bytes", .integer(limits.sourceBytes)),
      JSONMember("string_bytes", .integer(limits.stringBytes)),
    ]
    let isDefault = limits.depth == LuaLimits().depth
    return .object(members + (isDefault ? [] : [JSONMember("depth", .integer(limits.depth))]))
  }

  private static func json(_ options: [(name: String, value: OptionValue)]) -> JSONValue {
    .object(
      options.map { name, value in
        switch value {
        case .number(let number): JSONMember(name, .double(number))
        case .integer(let integer): JSONMember(name, .integer(Int(integer)))
        case .string(let text): JSONMember(name, .string(text))
        case .boolean(let flag): JSONMember(name, .bool(flag))
        }
      })
  }

  var sources: [ScriptSource] { experiment.filesRead.map { ScriptSource(path: $0.path, bytes: Array($0.text.utf8)) } }

  /// - Parameter set: the options whose values a golden takes from `--set` instead of the script.
  func origin(set: [String]) -> GoldenOrigin {
    let sources = experiment.filesRead
    func content(of path: String) -> String? {
      if let checkpoint = checkpointContents.first(where: { $0.path === path }) { return checkpoint.sha256 }
      guard path.endsExactly(with: ".lua"), !GoldenOrigin.isLibrary(path) else { return nil }
      return sources.dropFirst().first { $0.path === path }.map { LuaCode.digest(Array($0.text.utf8)) }
    }
    return GoldenOrigin(
      code: LuaCode.digest(Array((sources.first?.text ?? "").utf8)), set: set,
      files: inputs.files.map { GoldenOrigin.File(path: $0.path, sha256: $0.sha256, content: content(of: $0.path)) })
  }

  /// Runs the experiment and reports everything to the observer.
  /// - Parameter communicator: the ranks that compute it together; each of them calls this.
  package func run(
    _ observer: any TrainingObserver, from resumption: ExperimentResumption? = nil,
    communicator: any Communicator = OneRank()
  ) throws {
    let pool = WorkerPool(threads: settings.threads, communicator: communicator)
    defer { pool.close() }
    let watch = Stopwatch()
    let run = ExperimentRun(
      plan, seed: settings.seed, mode: settings.math, pool: pool, clock: { watch.seconds },
      loader: { path in
        let files = try checkpoints.files(path)
        let base = base(ofModel: path)
        let loaded = try ModelLoading.model(
          files, checkpoint: nil, base: base?.files, mode: settings.math, pool: pool)
        if let base {
          return LoadedModel(
            model: loaded.model, tokenizer: loaded.tokenizer, origin: .file(path: base.path, sha256: base.digest))
        }
        guard plan.trainsAdapters(ofFile: path) else { return loaded }
        return LoadedModel(
          model: loaded.model, tokenizer: loaded.tokenizer,
          origin: .file(path: path, sha256: try files.originDigest()))
      })
    try withExtendedLifetime(experiment) { try run.run(observer, from: resumption) }
  }
}
