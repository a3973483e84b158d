import LuaRuntime
import Testing

/// docs/lua-hazards.md section 2.8, recursion: how deep a script came is a limit that it can't catch.
@Suite struct Hazard2DepthTests {
  private static let recursion = "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end "
  /// A function with more locals than the default depth has room for in Lua's own stack.
  private static let wide = "local function f() local a, b, c, d, e, g, h, i = 1 f() return a, b, c, d, e, g, h, i end "

  @Test func hazard2_8_limitsTheDepthOfNestedCalls() throws {
    let outcome = try run("local function f(n)\n  return 1 + f(n + 1)\nend\nf(1)")
    #expect(outcome.error?.kind == .limit("depth"))
    #expect(outcome.text == "test.lua:2: the depth limit of 200000 calls inside each other was reached")
  }

  @Test(arguments: [
    "print(pcall(f, 1e9)) print('FAIL')", "print(xpcall(f, function() print('FAIL') end, 1e9)) print('FAIL')",
    "print(coroutine.resume(coroutine.create(f), 1e9)) print('FAIL')",
    "print(pcall(coroutine.wrap(f), 1e9)) print('FAIL')", "while true do pcall(f, 1e9) end",
    "table.sort({2, 1}, function() pcall(f, 1e9) print('FAIL') end)",
    """
    pcall(function()
      local c <close> = setmetatable({}, {__close = function() print('FAIL') end})
      f(1e9)
    end)
    print('FAIL')
    """,
  ])
  func hazard2_8_letsNoScriptCatchTheDepthLimit(source: String) throws {
    try expectHarmless(Self.recursion + source, end: "depth", limits: LuaLimits())
    try expectHarmless(Self.recursion + source, end: "depth", limits: LuaLimits(depth: 500))
  }

  @Test(arguments: [20, 100, 5000, 10_000])
  func hazard2_8_enforcesASmallDepthLimitExactly(depth: Int) throws {
    // Beside the calls of f there are the script itself and the host's call of it.
    func end(_ calls: Int) throws -> String {
      try run(Self.recursion + "f(\(calls)) f(\(calls))", limits: LuaLimits(depth: depth)).kind
    }
    #expect(try end(depth - 3) == "ok")
    #expect(try end(depth - 2) == "limit")
  }

  @Test func hazard2_8_reachesTheDepthLimitTheSameEverywhereAndLetsItBeRaised() throws {
    let text = try expectSameEverywhere(Self.recursion + "pcall(f, 1e9)")
    #expect(text.contains("the depth limit of 200000"))
    let raised = try run(Self.recursion + "print(f(240000))", limits: LuaLimits(depth: 250_000))
    #expect(raised.text == "240000\n")
    #expect(try run(Self.recursion + "print(f(240000))").error?.kind == .limit("depth"))
    #expect(try run(Self.recursion + "print(f(190000))").text == "190000\n")
  }

  @Test func hazard2_8_countsNestedCoroutinesAsDepth() throws {
    let source = "local function f(n) if n > 0 then coroutine.wrap(f)(n - 1) end end f(30)"
    try expectHarmless(source + " print('FAIL')", end: "depth", limits: LuaLimits(depth: 20))
    #expect(try run(source, limits: LuaLimits(depth: 40)).kind == "ok")
  }

  @Test(arguments: [
    "local function f(s) return string.gsub(s, '.', f) end f('x')",
    "local function f() return coroutine.wrap(f)() end f()", "local function f() return table.sort({2, 1}, f) end f()",
    "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) local x = t[1]",
    "local function f() return host(f) end f()", "assert(load('return ' .. string.rep('{', 500)))",
    "load(function() return load(string.rep('(', 500)) end)",
    "local function f() return (pcall(f)) end f() print('FAIL')",
    "local function f() return coroutine.resume(coroutine.create(f)) end f() print('FAIL')",
    "local function f() return (xpcall(f, print)) end f() print('FAIL')", wide + "f()", wide + "pcall(f) print('FAIL')",
    wide + "coroutine.resume(coroutine.create(f)) print('FAIL')",
    wide + "xpcall(f, function() print('FAIL') end) print('FAIL')",
  ])
  func hazard2_8_letsNoScriptCatchTheEndOfLuasStack(source: String) throws {
    func addHost(to state: LuaState) {
      let host = state.function("host") { call in try call[0].asFunction?.call() ?? [] }
      state.globals.set("host", .function(host))
    }
    try expectHarmless(source, end: "nesting", limits: LuaLimits(), prepare: addHost)
    let text = try run(source, prepare: addHost).text
    #expect(text.hasPrefix("test.lua:1: Lua's own stack is full"))
  }

  @Test func hazard2_8_keepsErrorsThatAreNoOverflowOrdinary() throws {
    try expectHarmless(
      "local function f() error(setmetatable({}, {__tostring = function() f() end})) end f()", end: "error")
    try expectHarmless(
      "local t = {} for i = 1, 3000 do t = setmetatable({}, {__index = t}) end local x = t.x", end: "error",
      limits: LuaLimits())
    try expectHarmless("(''):find(string.rep('(', 40))", end: "error")
    try expect("print(pcall(error, 'stack overflow'))", prints: "false\tstack overflow\n")
    try expect("print((pcall(string.rep)))", prints: "false\n")
    try expect("print(xpcall(error, error, 'x'))", prints: "false\terror in error handling\n")
  }

  @Test func hazard2_8_reportsAScriptThatIsNestedTooDeep() throws {
    let outcome = try run("return " + String(repeating: "{", count: 300))
    #expect(outcome.error?.kind == .syntax)
    #expect(
      outcome.text == "test.lua: parentheses, tables, functions or blocks are nested 200 deep, and no more can be")
  }
}
