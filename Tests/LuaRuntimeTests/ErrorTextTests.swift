import LuaRuntime
import Testing

/// Messages: where, what, and nothing that differs from run to run.
@Suite struct ErrorTextTests {
  @Test(arguments: [
    ("error('boom')", "test.lua:1: boom"),
    ("error('boom', 0)", "test.lua:1: boom"),
    ("local function f() error('boom', 2) end\nf()", "test.lua:2: boom"),
    ("error()", "test.lua:1: (error object is a nil value)"),
    ("error(nil)", "test.lua:1: (error object is a nil value)"),
    ("error({})", "test.lua:1: (error object is a table value)"),
    ("error(42)", "test.lua:1: (error object is a number value)"),
    ("error(setmetatable({}, {__tostring = function() return 'mine' end}))", "test.lua:1: mine"),
    (
      "error(setmetatable({}, {__tostring = function() return {} end}))",
      "test.lua:1: '__tostring' must return a string"
    ),
    ("local t\nt.x = 1", "test.lua:2: attempt to index a nil value (local 't')"),
    ("string.rep()", "test.lua:1: bad argument #1 to 'rep' (string expected, got no value)"),
    ("('x'):rep({})", "test.lua:1: bad argument #1 to 'rep' (number expected, got table)"),
    ("pairs()", "test.lua:1: bad argument #1 to 'pairs' (table expected, got no value)"),
    ("coroutine.wrap(function() error('in') end)()", "test.lua:1: test.lua:1: in"),
    ("assert(false)", "test.lua:1: assertion failed!"),
    ("assert(nil, 'why')", "test.lua:1: why"),
    ("string.find('a', '[')", "test.lua:1: malformed pattern (missing ']')"),
    ("string.format('%d', 1.5)", "test.lua:1: bad argument #2 to 'format' (number has no integer representation)"),
    ("load('x = = 1', 'chunk')()", "test.lua:1: attempt to call a nil value"),
    ("assert(load('x = = 1', '=chunk'))", "test.lua:1: chunk:1: unexpected symbol near '='"),
  ])
  func startsTheMessageWithFileAndLine(source: String, message: String) throws {
    #expect(try run(source).text == message)
  }

  @Test func namesTheLineOfASyntaxError() throws {
    let outcome = try run("local x = 1\nlocal y = = 2")
    let error = try #require(outcome.error)
    #expect(error.kind == .syntax)
    #expect(error.message == "test.lua:2: unexpected symbol near '='")
    #expect(error.chunk == "test.lua" && error.line == 2)
  }

  @Test func showsOnlyTheScriptsFramesInTheTraceback() throws {
    let outcome = try run(
      """
      local M = {}
      function M.inner(x) error("deep") end
      local function outer() M.inner(1) end
      table.sort({2, 1}, function() outer() end)
      """)
    #expect(
      outcome.error?.traceback == [
        "test.lua:2: in function 'inner'", "test.lua:3: in function 'outer'", "test.lua:4: in function <test.lua:4>",
        "test.lua:4: in main chunk",
      ])
  }

  @Test func cutsALongTraceback() throws {
    let error = try #require(
      try run("local function f(n) if n == 0 then error('x') end f(n - 1) return 1 end f(100)").error)
    #expect(error.traceback.count == 25)
    #expect(error.traceback.last == "...")
  }

  @Test func shortensALongChunkNameInFront() throws {
    let name = String(repeating: "folder/", count: 12) + "end.lua"
    let error = try #require(try run("\nerror('x')", chunkName: name).error)
    #expect(error.chunk.hasPrefix("...") && error.chunk.hasSuffix("/end.lua"))
    #expect(error.message == "\(error.chunk):2: x")
    #expect(error.line == 2)
  }

  @Test func cutsALongMessage() throws {
    let outcome = try run("error(string.rep('x', 100000), 0)")
    #expect(outcome.text == "test.lua:1: " + String(repeating: "x", count: 4096) + "... (100000 bytes)")
  }

  @Test func skipsTheShellLineOfAScript() throws {
    let outcome = try run("#!/usr/bin/env swerve\nerror('x')")
    #expect(outcome.text == "test.lua:2: x")
  }
}
