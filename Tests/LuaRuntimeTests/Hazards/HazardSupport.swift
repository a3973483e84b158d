import LuaFuzzing
import LuaRuntime
import Testing

/// What a harmless script prints in a process that ran no other.
private let canary = Result { try withLargeStack { Fuzzer.canaryOutput() } }

/// Runs a script that means harm and checks how it ends; the same process then runs a harmless one as before.
/// - Parameter end: "ok", "error", "limit", or the name of a limit.
func expectHarmless(
  _ source: String, end: String, limits: LuaLimits = .small, location: SourceLocation = #_sourceLocation,
  prepare: (LuaState) throws -> Void = { _ in }
) throws {
  let before = try canary.get()
  let outcome = try run(source, limits: limits, prepare: prepare)
  var found = outcome.kind
  if case .limit(let name) = outcome.error?.kind { found = name }
  #expect(found == end || outcome.kind == end, "\(outcome.text)", sourceLocation: location)
  #expect(!outcome.output.contains("FAIL"), sourceLocation: location)
  #expect(try withLargeStack { Fuzzer.canaryOutput() } == before, sourceLocation: location)
}

/// Runs a script in states that are alive together, so that nothing of theirs lies at the same address, with other
/// scripts' garbage in between. All must print the same, and take the same number of instructions.
@discardableResult
func expectSameEverywhere(
  _ source: String, limits: LuaLimits = LuaLimits(), location: SourceLocation = #_sourceLocation
) throws -> String {
  try withLargeStack {
    var outputs: [String] = []
    var counts: [Int] = []
    var alive: [LuaState] = []
    for turn in 0..<4 {
      var output = ""
      let state = LuaState(limits: limits, seed: 1) { output += $0 }
      let padding = UnsafeMutableRawPointer.allocate(byteCount: 4096 * (turn + 1) + 48 * turn, alignment: 16)
      defer { padding.deallocate() }
      do {
        _ = try state.load(source, chunkName: "test.lua").call()
      } catch let error as LuaError {
        output += error.message
      }
      outputs.append(output)
      counts.append(state.instructionCount)
      alive.append(state)
    }
    #expect(Set(outputs).count == 1, "\(outputs)", sourceLocation: location)
    #expect(Set(counts).count == 1, "\(counts)", sourceLocation: location)
    return outputs[0]
  }
}
