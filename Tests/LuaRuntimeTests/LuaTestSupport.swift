import LuaRuntime
import Testing

/// What a script did.
struct ScriptOutcome {
  var output = ""
  var error: LuaError?
  var instructions = 0

  /// "ok", "error" or "limit".
  var kind: String {
    switch error?.kind {
    case nil: "ok"
    case .limit: "limit"
    case .syntax, .runtime: "error"
    }
  }

  /// What the script printed, or the message of its error.
  var text: String { error?.message ?? output }
}

/// Runs a script in a state of its own, on a stack that is large enough for every test.
func run(
  _ source: String, chunkName: String = "test.lua", limits: LuaLimits = LuaLimits(), seed: UInt64 = 1,
  options: LuaSandboxOptions = [], prepare: (LuaState) throws -> Void = { _ in }
) throws -> ScriptOutcome {
  try withLargeStack {
    var outcome = ScriptOutcome()
    let state = LuaState(limits: limits, seed: seed, options: options) { outcome.output += $0 }
    try prepare(state)
    do {
      _ = try state.load(source, chunkName: chunkName).call()
    } catch let error as LuaError {
      outcome.error = error
    }
    outcome.instructions = state.instructionCount
    return outcome
  }
}

/// Checks that a script prints exactly this and ends without an error.
func expect(_ source: String, prints output: String, location: SourceLocation = #_sourceLocation) throws {
  let outcome = try run(source)
  #expect(outcome.error == nil, "\(outcome.text)", sourceLocation: location)
  #expect(outcome.output == output, sourceLocation: location)
}

extension LuaLimits {
  /// Small enough that a test which reaches them takes a fraction of a second in a debug build.
  static var small: LuaLimits { LuaLimits(instructions: 2_000_000, memoryBytes: 8 << 20, outputBytes: 64 << 10) }
}
