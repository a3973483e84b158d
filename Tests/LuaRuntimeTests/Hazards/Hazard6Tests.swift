import LuaRuntime
import Testing

/// docs/lua-hazards.md section 6, what is asked of this host. The rows that need processes are in SwerveCLITests.
@Suite struct Hazard6Tests {
  @Test func hazard6_1_sortsKeysWithoutHashes() throws {
    try expect(
      """
      local t = {b = 1, a = 1, [true] = 1, [false] = 1, [3] = 1, [-1] = 1, [2.5] = 1, [1e300] = 1, [-math.huge] = 1,
        [math.mininteger] = 1, [math.maxinteger] = 1, ["a\\0b"] = 1, [""] = 1, ["\\255"] = 1}
      local o = {}
      for k in pairs(t) do o[#o + 1] = string.format("%q", k) end
      print(table.concat(o, " "))
      """,
      prints: """
        false true -1e9999 0x8000000000000000 -1 0x1.4p+1 3 9223372036854775807 0x1.7e43c8800759cp+996 "" "a" "a\\0b" "b" "\u{FFFD}"

        """)
  }

  @Test func hazard6_1_passesTheSelfTestOfLiblua() {
    #expect(LuaState.selfTest == nil)
  }

  @Test func hazard6_2_computesWholePowersAndLogarithmsExactly() throws {
    try expect(
      "print(10^15, 2^0.5 == math.sqrt(2), 3^5, 2^-1074, 10^-1, 8^(1/3), math.log(8, 2), math.log(1000, 10), math.exp(0))",
      prints: "1e+15\ttrue\t243.0\t5e-324\t0.1\t2.0\t3.0\t3.0\t1.0\n")
  }

  @Test func hazard6_4_endsTheStateForGoodAtALimit() throws {
    try withLargeStack {
      let state = LuaState(limits: .small) { _ in }
      let loop = try state.load("x = 5 while true do end", chunkName: "loop.lua")
      #expect(throws: LuaError.self) { try loop.call() }
      let other = try state.load("return 1", chunkName: "other.lua")
      let error = #expect(throws: LuaError.self) { try other.call() }
      #expect(error?.kind == .limit("instructions"))
      #expect(state.globals.get("x").asInteger == 5)
    }
  }

  @Test func hazard6_4_enforcesTheMemoryLimitAfterSwiftReturns() throws {
    var made = 0
    let outcome = try run("local ok, t = pcall(build) print('FAIL')", limits: .small) { state in
      let build = state.function("build") { call in
        let table = call.state.makeTable()
        for index in 1...300 { table.set(index, .string(String(repeating: "y", count: 100_000) + "\(index)")) }
        made = table.count
        return [.table(table)]
      }
      state.globals.set("build", .function(build))
    }
    #expect(made == 300)
    #expect(outcome.error?.kind == .limit("memory"))
    #expect(outcome.output.isEmpty)
  }
}
