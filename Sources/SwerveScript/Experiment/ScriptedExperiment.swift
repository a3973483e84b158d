import LuaRuntime
import SwerveRL
import SwerveText

/// An experiment as a script describes it.
///
/// It owns the Lua state in which the plan's schedules, rules and losses run. Keep it as long as the plan is used, and
/// use it on one thread at a time, with a stack of 8 MB (see `LuaState`).
package final class ScriptedExperiment {
  /// The stages, each after the one that it starts from. The plan has the name of the script's file, without ".lua".
  package let plan: ExperimentPlan
  /// What swerve.options declared, with the values of `--set` applied, sorted by name.
  package let options: [(name: String, value: OptionValue)]
  /// The options that `--set` gave another value than the script's own.
  package let optionsSet: [String]
  /// Every file that was loaded: the script first, then modules and texts in the order of loading.
  package let filesRead: [ScriptFile]
  /// Files that are too large for a copy in the record, in the order of reading.
  package let largeFiles: [LargeFile]
  /// The checkpoint files that stages start from or whose chat format the script asks for, as written in the script, sorted, each
  /// once. They are relative to the script's folder and don't leave it.
  package let checkpointPaths: [String]
  private let state: LuaState
  /// The context of each stage of the plan, in order.
  let contexts: [StageContext]

  private init(script: ScriptFile, stages: [NamedStage], host: ScriptHost, state: LuaState) {
    plan = ExperimentPlan(name: Self.name(of: script.path), stages: stages.map(\.plan))
    options = host.options ?? []
    optionsSet = zip(host.defaults, options).filter { $0.value != $1.value }.map(\.0.name)
    filesRead = host.files.map(\.file)
    largeFiles = host.largeFiles
    let sources = stages.compactMap { if case .checkpoint(let path) = $0.plan.source { path } else { nil } }
    let paths = sources + host.modelTexts.map(\.path)
    checkpointPaths = paths.sortedExactly().reduce(into: []) { if $0.last !== $1 { $0.append($1) } }
    contexts = stages.map(\.context)
    self.state = state
  }

  /// Runs a script to learn what it describes. Nothing is trained and no weights are read.
  /// - Parameters:
  ///   - source: the script; errors show its path.
  ///   - overrides: the keys and values of `--set`; if a key occurs twice, the last one wins.
  ///   - seed: the seed of the script's math.random.
  ///   - limits: for loading, and for each call of a hook.
  ///   - library: where modules are found.
  ///   - models: reads what models say about text, for tasks that have the tokens of their stage's model.
  ///   - output: gets each line that the script prints, newline included.
  /// - Throws: ScriptError; what `library` throws comes as one, too.
  package static func load(
    _ source: ScriptFile, options overrides: [(key: String, value: String)] = [], seed: UInt64,
    limits: LuaLimits = LuaLimits(), library: any ScriptSources,
    models: @escaping ModelTextReader = { path in throw ScriptError("no model can be read here, got \(quoted(path))") },
    output: @escaping (String) -> Void
  ) throws -> ScriptedExperiment {
    let host = ScriptHost(overrides: overrides, sources: library, models: models)
    let state = LuaState(limits: limits, seed: seed, options: .recorded, output: output)
    host.install(in: state)
    host.record(source, isLibrary: false)
    host.scriptPath = source.path
    do {
      let results = try state.load(source.text, chunkName: source.path).call()
      try OptionsBuilder.checkAllUsed(host)
      let stages = try StageList.resolve(results.first ?? .nil, script: source)
      state.seal()
      host.hasLoaded = true
      return ScriptedExperiment(script: source, stages: stages, host: host, state: state)
    } catch let error as LuaError {
      throw host.scriptError(error)
    }
  }

  /// Whether hooks looked at something that `CacheFacts.Functions.known` does not tell, since `forgetObservations`.
  package var hasObserved: Bool { !state.observations.isEmpty }

  package func forgetObservations() { state.forgetObservations() }

  /// Where the script makes a stage: the line of swerve.pretrain or swerve.finetune.
  package func place(ofStage name: String) -> ScriptPlace? { contexts.first { $0.name === name }?.place }

  /// Where the script makes the first stage that starts from a checkpoint.
  package func place(ofCheckpoint path: String) -> ScriptPlace? {
    let stage = plan.stages.first { if case .checkpoint(let other) = $0.source { other === path } else { false } }
    return stage.flatMap { place(ofStage: $0.name) }
  }

  /// "quick" for "examples/quick.lua".
  private static func name(of path: String) -> String {
    let file = path.pieces(at: "/").last ?? path
    return file.utf8.count > 4 ? file.start(before: ".lua") ?? file : file
  }
}
