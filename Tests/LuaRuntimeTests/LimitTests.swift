import LuaRuntime
import Testing

/// What a limit counts, says and leaves; the attacks are in Hazards.
@Suite struct LimitTests {
  @Test func limitsTheLengthOfTheSource() throws {
    let outcome = try run(String(repeating: "-", count: 70_000))
    #expect(outcome.error?.kind == .limit("source"))
    #expect(outcome.text == "test.lua: the text has 70000 bytes, the source limit is 65536")
    try expect(
      "print(load(string.rep(' ', 70000)))", prints: "nil\tthe text to load has more than 65536 bytes\n")
  }

  @Test func namesTheLimitAndTheLine() throws {
    let outcome = try run("local function spin()\n  while true do end\nend\nspin()", limits: .small)
    let error = try #require(outcome.error)
    #expect(error.message == "test.lua:2: the instruction limit of 2000000 was reached")
    #expect(error.line == 2)
    #expect(error.traceback == ["test.lua:2: in function 'spin'", "test.lua:4: in main chunk"])
  }

  @Test func givesEveryTopLevelCallItsOwnBudget() throws {
    try withLargeStack {
      let state = LuaState(limits: .small) { _ in }
      let work = try state.load("for i = 1, 1500000 do end", chunkName: "work.lua")
      for _ in 0..<3 { _ = try work.call() }
      #expect(state.instructionCount > 4_400_000)
      #expect(state.instructionCount < 4_700_000)
    }
  }

  @Test func letsAHostFunctionGrantANewBudget() throws {
    let outcome = try run("for i = 1, 4 do for j = 1, 1500000 do end renew() end", limits: .small) { state in
      let renew = state.function("renew") { call in
        call.state.resetBudget()
        return []
      }
      state.globals.set("renew", .function(renew))
    }
    #expect(outcome.kind == "ok", "\(outcome.text)")
  }

  @Test(arguments: [
    "('x'):rep(2000000)", "local s = 'x' while true do s = s .. s end",
    "pcall(string.rep, 'x', 2000000) print('FAIL')", "table.concat({('x'):rep(700000), ('x'):rep(700000)})",
    "('x'):rep(1000):gsub('x', ('y'):rep(5000))",
  ])
  func limitsTheLengthOfASingleString(source: String) throws {
    let limits = LuaLimits(stringBytes: 1 << 20)
    let outcome = try run(source, limits: limits)
    #expect(outcome.error?.kind == .limit("string"), "\(outcome.text)")
    #expect(outcome.text.hasSuffix("the limit of 1048576 bytes for one string was reached"))
    #expect(outcome.output.isEmpty)
    #expect(try run("print(#('x'):rep(1000000))", limits: limits).output == "1000000\n")
  }

  @Test func namesTheSmallerLimitForAStringBeyondBoth() throws {
    let source = "('x'):rep(1 << 30)"
    #expect(try run(source).error?.kind == .limit("string"))
    #expect(try run(source, limits: .small).error?.kind == .limit("memory"))
  }

  @Test func countsTheWorkOfHostFunctions() throws {
    let outcome = try run("for i = 1, 1e9 do pcall(f) end", limits: .small) { state in
      let work = state.function("f") { call in
        call.state.addWork(100_000)
        return []
      }
      state.globals.set("f", .function(work))
    }
    #expect(outcome.error?.kind == .limit("instructions"))
    #expect(outcome.instructions < 2_200_000)
  }

  @Test func countsMemoryOfHostFunctionsUntilTheCallEnds() throws {
    func hold(_ source: String) throws -> ScriptOutcome {
      try run(source, limits: .small) { state in
        let hold = state.function("f") { call in
          call.state.hold(bytes: 1 << 20)
          return []
        }
        state.globals.set("f", .function(hold))
        // What an earlier call held is free again.
        for _ in 0..<3 { _ = try state.load("for i = 1, 5 do f() end", chunkName: "before.lua").call() }
      }
    }
    let outcome = try hold("for i = 1, 1e9 do pcall(f) end print('FAIL')")
    #expect(outcome.error?.kind == .limit("memory"))
    #expect(outcome.output.isEmpty)
    #expect(try hold("for i = 1, 5 do f() end print('ok')").output == "ok\n")
  }

  @Test(
    arguments: [
      ("instructions", "500000", 500_000), ("instructions", "20k", 20_000), ("instructions", "2G", 2_000_000_000),
      ("memory", "128M", 128 << 20), ("output", "1", 1), ("source", "64k", 64 << 10), ("string", "1G", 1 << 30),
      ("memory", "0", nil), ("memory", "-1", nil), ("memory", "1.5M", nil), ("memory", "", nil), ("memory", "M", nil),
      ("memory", "1m", nil), ("memory", "9999999999999G", nil), ("depth", "5", 5), ("depth", "300k", 300_000),
      ("seconds", "5", nil),
    ] as [(String, String, Int?)])
  func readsALimitFromText(name: String, text: String, expected: Int?) {
    var limits = LuaLimits()
    let before = limits
    #expect(limits.set(name, text) == (expected != nil))
    let values = [
      "instructions": limits.instructions, "memory": limits.memoryBytes, "output": limits.outputBytes,
      "source": limits.sourceBytes, "string": limits.stringBytes, "depth": limits.depth,
    ]
    if let expected { #expect(values[name] == expected) } else { #expect(limits == before) }
    #expect(LuaLimits.names.allSatisfy { values[$0] != nil })
  }

  @Test func watchesFewValuesForHiddenState() throws {
    try withLargeStack {
      let state = LuaState { _ in }
      let made = try state.load(
        "local n, t = 1, {1, 2, {a = 3}} return function() return n + #t + math.floor(2.5) end", chunkName: "hook.lua"
      ).call()
      let hook = try #require(made.first?.asFunction)
      let watch = try #require(LuaGuard(hook))
      // All globals and libraries, at some ten nanoseconds each.
      #expect(watch.count > 100 && watch.count < 1000)
      #expect(watch.firstChange() == nil)
      _ = try hook.call()
      #expect(watch.firstChange() == nil)
    }
  }
}
