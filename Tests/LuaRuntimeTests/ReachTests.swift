import LuaRuntime
import Testing

private final class Described: LuaDescribed {
  static let luaTypeName = "described"
  let luaDescription: [UInt8]

  init(_ text: String) { luaDescription = Array(text.utf8) }
}

private final class Opaque: LuaObject {
  static let luaTypeName = "opaque"
}

/// What a function can reach, as bytes that are equal where functions do the same.
@Suite struct ReachTests {
  private func reach(_ source: String, described: String = "x", options: LuaSandboxOptions = []) throws -> [UInt8]? {
    try withLargeStack {
      let state = LuaState(options: options) { _ in }
      let host = state.makeTable()
      host.set("add", .function(state.function("add") { _ in [.integer(1)] }))
      host.set("scale", .function(state.function("scale") { _ in [.integer(2)] }))
      state.addModule("host", host)
      state.nameHostFunctions()
      state.globals.set("described", .object(Described(described)))
      // Every function reaches the globals.
      if source.contains("opaque") { state.globals.set("opaque", .object(Opaque())) }
      let results = try state.load(source, chunkName: "test.lua").call()
      guard case .function(let function)? = results.first else { return nil }
      return function.reach()
    }
  }

  @Test(arguments: [
    ("return function(x) return x + 1 end", "-- a line\n\n\nreturn function(y)\n  return y + 1\nend"),
    (
      "local a = { 1, two = 2 } return function() return a.two end",
      "local t = { two = 2, 1 } return function() return t.two end"
    ),
    ("local unused = {} return function() return 1 end", "return function() return 1 end"),
    (
      "local h = require 'host' return function() return h.add() end",
      "local other = require('host') return function() return other.add() end"
    ),
    (
      "local function rule() return 1 end return function() return math.floor(2.5) end",
      "local function rule() return { 2 } end return function() return math.floor(2.5) end"
    ),
  ])
  func isEqualWhereOnlyNamesAndLinesDiffer(_ a: String, _ b: String) throws {
    let first = try #require(try reach(a))
    #expect(try first == reach(b))
  }

  @Test(arguments: [
    ("return function(x) return x + 1 end", "return function(x) return x + 2 end"),
    ("return function(x) return x + 1 end", "return function(x) return x + 1.0 end"),
    ("return function(x) return 'a' end", "return function(x) return 'b' end"),
    ("local n = 1 return function() return n end", "local n = 2 return function() return n end"),
    // Two functions of one line.
    (
      "local a, b = function() return 1 end, function() return 2 end return function() return a() end",
      "local b, a = function() return 1 end, function() return 2 end return function() return a() end"
    ),
    ("local t = { 1, 2 } return function() return t end", "local t = { 1, 3 } return function() return t end"),
    ("local t = { a = 1 } return function() return t end", "local t = { b = 1 } return function() return t end"),
    (
      "local t = setmetatable({}, { __index = { x = 1 } }) return function() return t.x end",
      "local t = setmetatable({}, { __index = { x = 2 } }) return function() return t.x end"
    ),
    // One variable or two with the same value.
    (
      "local n = {} local function f() n = 1 end return function() f() return n end",
      "local n, m = {} m = n local function f() m = 1 end return function() f() return n end"
    ),
    // One table or two with the same entries.
    (
      "local a = {} local b = a return function() return a == b end",
      "local a = {} local b = {} return function() return a == b end"
    ),
    ("x = 1 return function() return x end", "x = 2 return function() return x end"),
    ("local f = math.sin return function() return f(1) end", "local f = math.cos return function() return f(1) end"),
    (
      "local h = require 'host' local f = h.add return function() return f() end",
      "local h = require 'host' local f = h.scale return function() return f() end"
    ),
    (
      "return function() return (function() return 1 end)() end",
      "return function() return (function() return 2 end)() end"
    ),
    (
      "function string.twice(s) return s .. s end return function() return ('a'):twice() end",
      "function string.twice(s) return s end return function() return ('a'):twice() end"
    ),
  ])
  func differsWhereFunctionsDoDifferentThings(_ a: String, _ b: String) throws {
    let first = try #require(try reach(a))
    let second = try #require(try reach(b))
    #expect(first != second)
  }

  @Test func followsHostObjectsThatDescribeThemselves() throws {
    let source = "local d = described return function() return d end"
    let first = try #require(try reach(source, described: "records"))
    #expect(try first == reach(source, described: "records"))
    #expect(try first != reach(source, described: "others"))
  }

  @Test(arguments: [
    "local o = opaque return function() return o end",
    "local c = coroutine.create(print) return function() return c end",
    "local i = ('a b'):gmatch('%a') return function() return i() end",
    "local t = {} for i = 1, 1100000 do t[i] = i end return function() return t end",
  ])
  func saysNothingOfWhatCantBeTold(_ source: String) throws {
    #expect(try reach(source) == nil)
  }

  @Test(arguments: [
    ("return math.random()", LuaObservations.random), ("math.randomseed(4)", .random),
    ("return tostring({})", .numbers), ("return ('%s'):format(print)", .numbers),
    ("return pcall(error, 'x')", .errors), ("return xpcall(error, print, 'x')", .errors),
    ("local c = coroutine.wrap(function() error('x') end) return pcall(c)", .errors),
    ("return coroutine.resume(coroutine.create(error))", .errors), ("return require 'host'", .modules),
    ("return ('').require('host')", .modules), ("return tostring(1) .. math.floor(2.5)", LuaObservations()),
    ("for k, v in pairs({ a = 1, b = 2 }) do assert(k) end return pcall(type, 1)", LuaObservations()),
  ])
  func notesWhatACallLooksAt(_ source: String, _ expected: LuaObservations) throws {
    try withLargeStack {
      let state = LuaState { _ in }
      state.addModule("host", state.makeTable())
      let function = try state.load(source, chunkName: "test.lua")
      state.forgetObservations()
      _ = try function.call()
      #expect(state.observations.contains(expected) && state.observations.isEmpty == expected.isEmpty)
      state.forgetObservations()
      #expect(state.observations.isEmpty)
    }
  }

  /// What a walk makes must not show in the numbers of a script's objects.
  @Test func leavesTheNumbersOfObjectsAlone() throws {
    func number(walks: Bool) throws -> String? {
      try withLargeStack {
        let state = LuaState { _ in }
        if walks { state.nameHostFunctions() }
        let make = try #require(
          try state.load("return function() return tostring({}) end", chunkName: "test.lua").call().first?.asFunction)
        state.seal()
        if walks { #expect(make.reach() != nil) }
        state.begin(stream: 1)
        return try make.call().first?.asString
      }
    }
    #expect(try number(walks: true) == number(walks: false))
  }
}
