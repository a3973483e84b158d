import Foundation
import LuaRuntime
import Testing

/// Attacks on the host's time and memory. Every one must end as a limit, at once, whatever the script catches.
@Suite struct LimitTests {
  private func limit(_ source: String, limits: LuaLimits = .small) throws -> String {
    let outcome = try run(source, limits: limits)
    #expect(!outcome.output.contains("FAIL"))
    guard case .limit(let name) = outcome.error?.kind else { return outcome.text }
    return name
  }

  @Test(arguments: [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "xpcall(function() while true do end end, function() while true do end end) print('FAIL')",
    "local t <close> = setmetatable({}, {__close = function() while true do end end}) while true do end",
    "coroutine.wrap(function() while true do end end)() print('FAIL')",
    "coroutine.resume(coroutine.create(function() while true do end end)) print('FAIL')",
    """
    local co = coroutine.create(function()
      local c <close> = setmetatable({}, {__close = function() while true do end end}) coroutine.yield()
    end)
    coroutine.resume(co) coroutine.close(co) print('FAIL')
    """,
    "while true do coroutine.wrap(function() end)() end",
    "error(setmetatable({}, {__tostring = function() while true do end end}))",
    "for _ in pairs(setmetatable({}, {__pairs = function() return function() return 1 end end})) do end",
    "load(function() while true do end end) print('FAIL')",
    "load(function() return ' ' end) while true do end",
    "table.sort({3, 2, 1}, function() while true do end end) print('FAIL')",
    "string.gsub('x', 'x', function() while true do end end) print('FAIL')",
  ])
  func anEndlessLoopIsStopped(source: String) throws {
    #expect(try limit(source) == "instructions")
  }

  @Test(arguments: [
    "string.rep('', math.maxinteger)",
    "table.move({}, 1, math.maxinteger - 1, 2)",
    "table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 'x')",
    "table.remove(setmetatable({}, {__len = function() return 1 << 60 end}), 1)",
    "table.concat(setmetatable({}, {__len = function() return 1 << 60 end, __index = function() return '' end}))",
    "string.find(string.rep('a', 20000), '.-.-.-.-b')",
    "string.rep('a', 5000):gsub('.-.-.-b', '')",
    "for _ in string.rep('a', 20000):gmatch('.-.-.-b') do end",
    "local s = string.rep('a', 100000) for i = 1, 1e9 do s:find(s, 1, true) s:byte(1) s:len() end",
    "local s = string.rep('x', 1 << 20) for i = 1, 1e9 do local u = s .. i end",
    "local t = {} for i = 1, 10000 do t[i] = i end for i = 1, 1e9 do pairs(t) next(t) end",
    "local t = {} for i = 1, 1000 do t['k' .. i] = i end for i = 1, 1e9 do pairs(t) end",
  ])
  func longWorkInsideALibraryFunctionIsPaidFor(source: String) throws {
    #expect(try limit(source) == "instructions")
  }

  @Test(arguments: [
    "local s = 'x' while true do s = s .. s end",
    "string.rep('x', 8000000000)",
    "pcall(string.rep, 'x', 8000000000) print('FAIL')",
    "local t = {} for i = 1, math.huge do t[#t + 1] = {i} end",
    "pcall(function() local t = {} for i = 1, math.huge do t[i] = i end end) print('FAIL')",
    "string.format('%99d', 1):rep(1000):gsub('.', function(c) return string.rep(c, 10000) end)",
    "local t = {} for i = 1, 100000 do t[i] = coroutine.create(print) end",
    "table.concat({string.rep('x', 1 << 20), string.rep('y', 1 << 22)}, string.rep('z', 1 << 22))",
  ])
  func memoryIsLimited(source: String) throws {
    let limits = LuaLimits(instructions: 200_000_000, memoryBytes: 8 << 20)
    #expect(try limit(source, limits: limits) == "memory")
  }

  @Test func garbageIsCollectedBeforeTheLimitIsReached() throws {
    let outcome = try run(
      "for i = 1, 200000 do local t = {i, tostring(i)} end local s = 'x' for i = 1, 2000 do s = string.rep('y', 10000) .. i end",
      limits: LuaLimits(memoryBytes: 4 << 20))
    #expect(outcome.kind == "ok", "\(outcome.text)")
  }

  @Test func outputIsLimited() throws {
    #expect(try limit("while true do pcall(print, string.rep('z', 1000)) end") == "output")
  }

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

  @Test func aLimitEndsTheStateForGood() throws {
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

  @Test func anotherThreadCanStopAScript() throws {
    let limits = LuaLimits(instructions: 1 << 50)
    let outcome = try run("while true do pcall(function() while true do end end) end", limits: limits) { state in
      let signal = state.stopSignal
      Thread.detachNewThread {
        Thread.sleep(forTimeInterval: 0.05)
        signal.stop()
      }
    }
    #expect(outcome.error?.kind == .limit("stopped"))
    #expect(outcome.text == "test.lua:1: the script was stopped from outside")
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

  @Test func deepRecursionIsAnOrdinaryError() throws {
    let outcome = try run("local function f(n) return 1 + f(n + 1) end f(1)")
    #expect(outcome.text == "test.lua:1: stack overflow")
    try expect("print((pcall(string.rep)))", prints: "false\n")
  }

  @Test func nestedClosingOfCoroutinesIsBounded() throws {
    let outcome = try run(
      """
      local close, co = coroutine.close, nil
      for i = 1, 3000 do
        local prev = co
        co = coroutine.create(function()
          local c <close> = setmetatable({}, {__close = function() if prev then assert(close(prev)) end end})
          coroutine.yield()
        end)
        coroutine.resume(co)
      end
      print(close(co))
      """)
    #expect(outcome.output.contains("coroutine.close is nested more than 100 levels"))
  }
}
