import LuaRuntime
import Testing

/// Each test is named by the attack.
@Suite struct SandboxTests {
  @Test func nothingBeyondTheAllowListIsReachable() throws {
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

  @Test(arguments: ["b", "bt", "t"])
  func binaryCodeIsRefusedInEveryMode(mode: String) throws {
    try expect(
      "print(load('\\27Lua', 'x', '\(mode)'))",
      prints: "nil\tattempt to load a binary chunk (mode is 't')\n")
  }

  @Test func aBinaryChunkFromTheHostIsRefused() throws {
    let outcome = try run("\u{1B}LuaT")
    #expect(outcome.error?.kind == .runtime || outcome.error?.kind == .syntax)
  }

  @Test func loadSeesOnlyTheSandbox() throws {
    try expect("print(load('return os, io, debug, require, package')())", prints: "nil\tnil\tnil\tnil\tnil\n")
  }

  @Test func theMetatableOfStringsIsHidden() throws {
    try expect(
      "print(getmetatable(''), pcall(setmetatable, '', {}))",
      prints: """
        false\tfalse\tbad argument #1 to 'setmetatable' (table expected, got string)

        """)
  }

  @Test func aFinalizerIsRefused() throws {
    try expect(
      "print(pcall(setmetatable, {}, {__gc = print}))", prints: "false\tfinalizers (__gc) are not available\n")
  }

  @Test func aFinalizerThatIsAddedLaterNeverRuns() throws {
    try expect(
      """
      local mt = {}
      for i = 1, 100 do setmetatable({}, mt) end
      mt.__gc = function() print("ran") end
      collectgarbage()
      print("end")
      """, prints: "end\n")
  }

  @Test func aProtectedMetatableStays() throws {
    let outcome = try run("setmetatable(setmetatable({}, {__metatable = 1}), {})")
    #expect(outcome.text == "test.lua:1: cannot change a protected metatable")
  }

  @Test func addressesAreNotPrinted() throws {
    let outcome = try run("print(string.format('%p', {}))")
    #expect(outcome.text.contains("addresses differ"))
  }

  @Test func theCollectorTellsNothing() throws {
    try expect("print(collectgarbage('count'), collectgarbage('step'))", prints: "0\t0\n")
    #expect(try run("collectgarbage('stop')").kind == "error")
  }

  @Test func aScriptCantCallTheHostThroughTamperedGlobals() throws {
    let outcome = try run("local g = _G for k in pairs(g) do g[k] = nil end local x = nil + 1")
    #expect(outcome.text.hasSuffix("attempt to perform arithmetic on a nil value"))
  }

  @Test func strictGlobalsRefuseUnknownNamesOnly() throws {
    let unknown = try run("local t = {}\nt.x = speling", strictGlobals: true)
    #expect(unknown.text == "test.lua:2: unknown global 'speling'")
    let known = try run("x = 1 print(x, rawget(_G, 'y'), getmetatable(_G))", strictGlobals: true)
    #expect(known.output == "1\tnil\tfalse\n")
  }
}
