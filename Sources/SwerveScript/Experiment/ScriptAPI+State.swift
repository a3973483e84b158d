import LuaRuntime

extension ScriptAPI {
  /// A sandbox with the whole API in it, without an experiment: for `swerve lua`.
  /// - Parameters: as in `ScriptedExperiment.load`.
  package static func makeState(
    limits: LuaLimits = LuaLimits(), seed: UInt64, library: any ScriptSources,
    output: @escaping (String) -> Void
  ) -> LuaState {
    let state = LuaState(limits: limits, seed: seed, output: output)
    ScriptHost(overrides: [], sources: library).install(in: state)
    return state
  }
}
