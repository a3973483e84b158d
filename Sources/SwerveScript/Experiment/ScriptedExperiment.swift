import LuaRuntime
import SwerveRL
import SwerveText

/// An experiment as a script describes it.
///
/// It owns the Lua state that the plan's schedules, rules and losses run in: keep it as long as the plan is used, on
/// one thread at a time, with a stack of 8 MB (see `LuaState`).
package final class ScriptedExperiment {
  /// The stages, each after the one that it starts from; named as the script's file without ".lua".
  package let plan: ExperimentPlan
  /// What swerve.options declared, as `--set` left it, sorted by name.
  package let options: [(name: String, value: OptionValue)]
  /// The options that `--set` gave another value than the script's own.
  package let optionsSet: [String]
  /// Every file that was loaded: the script first, then modules and texts in the order of loading.
  package let filesRead: [ScriptFile]
  /// The checkpoint files that stages start from, as written in the script, sorted, each once. Relative to the script's
  /// folder; none leaves it.
  package let checkpointPaths: [String]
  private let state: LuaState
  /// Of each stage of the plan, in order.
  let contexts: [StageContext]

  private init(script: ScriptFile, stages: [NamedStage], host: ScriptHost, state: LuaState) {
    plan = ExperimentPlan(name: Self.name(of: script.path), stages: stages.map(\.plan))
    options = host.options ?? []
    optionsSet = zip(host.defaults, options).filter { $0.value != $1.value }.map(\.0.name)
    filesRead = host.files.map(\.file)
    let paths = stages.compactMap { if case .checkpoint(let path) = $0.plan.source { path } else { nil } }
    checkpointPaths = paths.sortedExactly().reduce(into: []) { if $0.last !== $1 { $0.append($1) } }
    contexts = stages.map(\.context)
    self.state = state
  }

  /// Runs a script to learn what it describes. Nothing is trained and no checkpoint is read.
  /// - Parameters:
  ///   - source: the script; errors show its path.
  ///   - overrides: `--set`, key and text of the value; of two for one key the last wins.
  ///   - seed: of the script's math.random.
  ///   - limits: of loading, and of each call of a hook.
  ///   - library: where modules are found.
  ///   - output: gets each line that the script prints, newline included.
  /// - Throws: ScriptError; what `library` throws comes as one, too.
  package static func load(
    _ source: ScriptFile, options overrides: [(key: String, value: String)] = [], seed: UInt64,
    limits: LuaLimits = LuaLimits(), library: any ScriptSources, output: @escaping (String) -> Void
  ) throws -> ScriptedExperiment {
    let host = ScriptHost(overrides: overrides, sources: library)
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
