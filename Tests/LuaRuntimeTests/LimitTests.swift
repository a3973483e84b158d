import LuaRuntime
import Testing

/// What a limit counts, says and leaves; the attacks are in Hazards.
@Suite struct LimitTests {
  @Test func sourceIsLimited() throws {
    let outcome = try run(String(repeating: "-", count: 70_000))
    #expect(outcome.error?.kind == .limit("source"))
    #expect(outcome.text == "test.lua: the text has 70000 bytes, the source limit is 65536")
    try expect(
      "print(load(string.rep(' ', 70000)))", prints: "nil\tthe text to load has more than 65536 bytes\n")
  }

  @Test func theMessageNamesTheLimitAndThePlace() throws {
    let outcome = try run("local function spin()\n  while true do end\nend\nspin()", limits: .small)
    let error = try #require(outcome.error)
    #expect(error.message == "test.lua:2: the instruction limit of 2000000 was reached")
    #expect(error.line == 2)
    #expect(error.traceback == ["test.lua:2: in function 'spin'", "test.lua:4: in main chunk"])
  }

  @Test func everyTopLevelCallHasItsOwnBudget() throws {
    try withLargeStack {
      let state = LuaState(limits: .small) { _ in }
      let work = try state.load("for i = 1, 1500000 do end", chunkName: "work.lua")
      for _ in 0..<3 { _ = try work.call() }
      #expect(state.instructionCount > 4_400_000)
      #expect(state.instructionCount < 4_700_000)
    }
  }

  @Test func aHostFunctionCanGrantANewBudget() throws {
    let outcome = try run("for i = 1, 4 do for j = 1, 1500000 do end renew() end", limits: .small) { state in
      let renew = state.function("renew") { call in
        call.state.resetBudget()
        return []
      }
      state.globals.set("renew", .function(renew))
    }
    #expect(outcome.kind == "ok", "\(outcome.text)")
  }
}
