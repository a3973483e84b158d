import LuaRuntime
import Testing

/// docs/lua-hazards.md section 2.7 to 2.14, what could crash or leak in the host: one test a row.
@Suite struct Hazard2HostTests {
  @Test func hazard2_7_runsNoCodeOfTheScriptWhenAStateCloses() throws {
    try expectHarmless(
      """
      kept = coroutine.create(function()
        local c <close> = setmetatable({}, {__close = function() while true do end end})
        coroutine.yield()
      end)
      coroutine.resume(kept)
      """, end: "ok")
    try expectHarmless(
      "local c <close> = setmetatable({}, {__close = function() error('late') end}) error('first')", end: "error")
  }

  @Test(arguments: [
    "error()", "error(nil)", "error({})", "error(print)", "error(setmetatable({}, {__tostring = error}))",
    "error(setmetatable({}, {__tostring = function() return nil end}))", "error(coroutine.create(print))",
    "error(setmetatable({}, {__name = {}}))", "error('a\\0b')", "error(string.rep('\\255', 10000))",
    "next({}, 'absent')", "local t = nil; t.x.y = 1", "xpcall(error, error) error(0/0)",
  ])
  func hazard2_9_describesAnErrorOfAnyType(source: String) throws {
    try expectHarmless(source, end: "error")
    #expect(try run(source).error?.message.hasPrefix("test.lua:1: ") == true)
  }

  @Test func hazard2_9_stopsAnErrorObjectWhoseDescriptionNeverEnds() throws {
    try expectHarmless("error(setmetatable({}, {__tostring = function() while true do end end}))", end: "instructions")
  }

  @Test(arguments: [
    "local t = {table.unpack({}, 1, 900000)}", "string.byte(string.rep('x', 900000), 1, -1)",
    "print(select('#', string.byte(string.rep('x', 200000), 1, -1)))", "string.char(table.unpack({}, 1, 250))",
    "host(table.unpack({}, 1, 250))", "return table.unpack({}, 1, 100000)",
    "coroutine.wrap(function(...) coroutine.yield(...) end)(table.unpack({}, 1, 100000))",
    "('x'):rep(40):find(string.rep('(x)', 32))", "for k, v in pairs({a = 1, [1] = 2}) do local s = k .. '' end",
  ])
  func hazard2_10_passesManyValuesOrRaisesAnError(source: String) throws {
    let before = try run(source, limits: LuaLimits()) { Self.addHost(to: $0) }
    #expect(before.kind != "limit", "\(before.text)")
    try expectHarmless(source, end: before.kind, limits: LuaLimits()) { Self.addHost(to: $0) }
  }

  /// A function that gives 2000 values.
  private static func addHost(to state: LuaState) {
    let host = state.function("host") { call in (0..<2000).map { .integer($0 + Int64(call.arguments.count)) } }
    state.globals.set("host", .function(host))
  }

  @Test func hazard2_11_hidesTheMetatableOfStrings() throws {
    try expect(
      "print(getmetatable(''), pcall(setmetatable, '', {}))",
      prints: """
        false\tfalse\tbad argument #1 to 'setmetatable' (table expected, got string)

        """)
  }

  @Test func hazard2_11_usesNoGlobalThatAScriptCanRemove() throws {
    let outcome = try run("local g = _G for k in pairs(g) do g[k] = nil end local x = nil + 1")
    #expect(outcome.text.hasSuffix("attempt to perform arithmetic on a nil value"))
  }

  @Test func hazard2_11_keepsAProtectedMetatable() throws {
    let outcome = try run("setmetatable(setmetatable({}, {__metatable = 1}), {})")
    #expect(outcome.text == "test.lua:1: cannot change a protected metatable")
  }

  @Test func hazard2_12_offersOnlyFunctionsOfTheAllowList() throws {
    // Walks everything that can be reached from _G through tables and metatables.
    let outcome = try run(
      """
      local seen, names = {}, {}
      local function walk(value, path)
        if type(value) ~= "table" or seen[value] then return end
        seen[value] = true
        for k, v in pairs(value) do
          local name = path .. tostring(k)
          if type(v) == "function" then names[#names + 1] = name end
          walk(v, name .. ".")
        end
        walk(getmetatable(value), path .. "META.")
      end
      walk(_G, "")
      table.sort(names)
      for _, name in ipairs(names) do print(name) end
      """)
    let expected = [
      "assert collectgarbage error getmetatable ipairs load next pairs pcall print rawequal rawget rawlen rawset select",
      "setmetatable tonumber tostring type xpcall",
      "coroutine.close coroutine.create coroutine.isyieldable coroutine.resume coroutine.running coroutine.status",
      "coroutine.wrap coroutine.yield",
      "math.abs math.acos math.asin math.atan math.ceil math.cos math.deg math.exp math.floor math.fmod math.log math.max",
      "math.min math.modf math.rad math.random math.randomseed math.sin math.sqrt math.tan math.tointeger math.type",
      "math.ult",
      "string.byte string.char string.find string.format string.gmatch string.gsub string.len string.lower string.match",
      "string.pack string.packsize string.rep string.reverse string.sub string.unpack string.upper",
      "table.concat table.insert table.move table.pack table.remove table.sort table.unpack",
      "utf8.char utf8.codepoint utf8.codes utf8.len utf8.offset",
    ].flatMap { $0.split(separator: " ").map(String.init) }
    #expect(outcome.output.split(separator: "\n").map(String.init).sorted() == expected.sorted())
  }

  @Test func hazard2_12_loadsCodeInsideTheSandboxOnly() throws {
    try expect("print(load('return os, io, debug, require, package')())", prints: "nil\tnil\tnil\tnil\tnil\n")
  }

  @Test func hazard2_13_keepsTheSubtypesOfNumbers() throws {
    try expect(
      """
      local t = {} t[1.0] = "a" t[2^53] = "b" t[-0.0] = "c"
      print(t[1], next(t), math.type(next(t, 0)), t[1 << 53], t[0], t[0/0])
      print(1 == 1.0, 1, 1.0, 7 // 2, 7 // 2.0, -0.0, 2^63 == math.mininteger, math.maxinteger + 1 == math.mininteger)
      print(1 // 0.0, "10" + 1, "0x10" + 0, math.type("10" + 1), 3 | 0, pcall(string.format, "%d", 3.5))
      print(pcall(function() return 1 // 0 end))
      print(pcall(function() t[0/0] = 1 end))
      """,
      prints: """
        a	0	integer	b	c	nil
        true	1	1.0	3	3.0	-0.0	false	true
        inf	11	16	integer	3	false	bad argument #2 to 'string.format' (number has no integer representation)
        false	test.lua:5: attempt to divide by zero
        false	test.lua:6: table index is NaN

        """)
  }

  @Test func hazard2_13_passesIntegersAndFloatsToSwiftUnchanged() throws {
    var seen: [LuaValue] = []
    _ = try run("f(1, 1.0, math.mininteger, -0.0, 2^53, 0/0, 1e308)") { state in
      let f = state.function("f") { call in
        seen = call.arguments
        return []
      }
      state.globals.set("f", .function(f))
    }
    guard case .integer(1) = seen[0], case .number(1) = seen[1], case .integer(.min) = seen[2] else {
      Issue.record("\(seen)")
      return
    }
    #expect(seen[3].asDouble?.sign == .minus && seen[4].asDouble == 0x1p53 && seen[5].asDouble?.isNaN == true)
  }

  @Test func hazard2_14_unwindsNoSwiftFrameByAnError() throws {
    let tally = Tally()
    for source in ["fill({})", "pcall(fill, {})", "coroutine.wrap(fill)({})", "refuse()", "pcall(refuse) fill({})"] {
      let outcome = try run(source, limits: .small) { Self.addWitnesses(to: $0, tally) }
      #expect(outcome.kind == (source == "refuse()" ? "error" : "limit"), "\(source): \(outcome.text)")
      #expect(tally.entered > 0 && tally.entered == tally.left, "\(source)")
    }
  }

  private final class Tally {
    var entered = 0
    var left = 0
  }

  private struct Refusal: Error {}

  /// Host functions that count how often their frames begin and end: one uses more memory than the script may, one throws.
  private static func addWitnesses(to state: LuaState, _ tally: Tally) {
    let fill = state.function("fill") { call in
      tally.entered += 1
      defer { tally.left += 1 }
      for index in 1...200 { call[0].asTable?.set(index, .string(String(repeating: "x", count: 100_000) + "\(index)")) }
      return call.arguments
    }
    let refuse = state.function("refuse") { _ in
      tally.entered += 1
      defer { tally.left += 1 }
      throw Refusal()
    }
    state.globals.set("fill", .function(fill))
    state.globals.set("refuse", .function(refuse))
  }

  @Test func hazard2_14_yieldsThroughProtectedCalls() throws {
    try expect(
      """
      local co = coroutine.wrap(function()
        local ok, x = pcall(function() return coroutine.yield(1) + 1 end)
        local _, y = xpcall(function() return coroutine.yield(x) .. "!" end, print)
        for k in pairs(setmetatable({}, {__pairs = function(t) coroutine.yield(y) return next, {}, nil end})) do end
        return ok
      end)
      print(co(), co(41), co("text"), co())
      """, prints: "1\t42\ttext!\ttrue\n")
  }
}
