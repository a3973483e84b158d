import LuaRuntime
import Testing

/// Two of one text are two.
private final class Refusal: Error, CustomStringConvertible {
  let number: Int
  let description: String

  init(_ number: Int, _ description: String) {
    self.number = number
    self.description = description
  }
}

/// `LuaError.underlying` is the Swift error that was raised, and never one that only reads like it.
@Suite struct ErrorCauseTests {
  /// `refuse(text)` throws; the first call number 1, the second number 2.
  private func cause(_ script: String) throws -> Int? {
    var calls = 0
    let outcome = try run(script) { state in
      state.globals.set(
        "refuse",
        .function(
          state.function("refuse") { call in
            calls += 1
            throw Refusal(calls, call[0].asString ?? "no")
          }))
      let apply = state.function("apply") { call in
        guard case .function(let function) = call[0] else { return [] }
        return try function.call()
      }
      state.globals.set("apply", .function(apply))
      let attempt = state.function("attempt") { call in
        guard case .function(let function) = call[0] else { return [] }
        _ = try? function.call()
        return []
      }
      state.globals.set("attempt", .function(attempt))
    }
    #expect(outcome.kind == "error")
    return (outcome.error?.underlying as? Refusal)?.number
  }

  @Test(arguments: [
    "error('no')", "error('no', 0)", "error()", "error({})", "local x = nil + 1", "error(setmetatable({}, {}))",
    "error('test.lua:1: ' .. 'something else', 0)", "assert(false, 'no')", "assert(nil)",
    "coroutine.wrap(function() error('no') end)()",
  ])
  func givesNoCauseToALaterErrorOfTheScript(raise: String) throws {
    #expect(try cause("pcall(refuse)\n" + raise) == nil)
    #expect(try cause("xpcall(refuse, function(e) return e end) " + raise) == nil)
    #expect(try cause("coroutine.resume(coroutine.create(function() refuse() end)) " + raise) == nil)
    #expect(try cause("attempt(refuse) " + raise) == nil)
    #expect(try cause("pcall(refuse) " + raise) == nil)
  }

  @Test(arguments: [
    "error(e, 0)", "error(e)", "error(e, 2)", "assert(false, e)", "local f <close> = nil error(e)",
    "coroutine.wrap(function() error(e, 0) end)()", "coroutine.wrap(error)(e)",
    "local _, again = pcall(error, e) error(again)", "apply(function() error(e) end)",
    "local t = { e } error(t[1])", "local ok, again = coroutine.resume(coroutine.create(error), e) error(again, 0)",
    "xpcall(error, function(x) kept = x end, e) error(kept)",
  ])
  func keepsTheCauseOfACaughtErrorThatIsRaisedAgain(raise: String) throws {
    #expect(try cause("local _, e = pcall(refuse)\n" + raise) == 1)
    #expect(try cause("local _, e = pcall(refuse, ('long '):rep(20))\n" + raise) == 1)
    #expect(try cause("local _, e = coroutine.resume(coroutine.create(refuse))\n" + raise) == 1)
  }

  @Test func tellsTwoErrorsOfTheSameTextApart() throws {
    #expect(try cause("for i = 1, 2 do local ok, e = pcall(refuse) if i == 2 then error(e, 0) end end") == 2)
    #expect(try cause("local call = function() refuse() end pcall(call) call()") == 2)
    let long = "('long '):rep(20)"
    #expect(try cause("local call = function() refuse(\(long)) end local _, e = pcall(call) pcall(call) error(e)") == 1)
  }

  /// Not of a short one: that is one string for all its users.
  @Test func givesNoCauseToALongTextThatTheScriptMakes() throws {
    let caught = "local _, e = pcall(refuse, ('long '):rep(20)) "
    #expect(try cause(caught + "error(e:sub(1, 20) .. e:sub(21), 0)") == nil)
    #expect(try cause(caught + "error('while loading: ' .. e)") == nil)
    #expect(try cause(caught + "error({ e })") == nil)
  }

  @Test func findsTheCauseThroughNestedCallsAndCoroutines() throws {
    #expect(try cause("apply(function() apply(function() refuse() end) end)") == 1)
    #expect(try cause("apply(function() pcall(refuse) refuse() end)") == 2)
    #expect(try cause("coroutine.wrap(function() coroutine.wrap(function() refuse() end)() end)()") == 1)
    #expect(try cause("attempt(function() refuse() end) apply(function() refuse() end)") == 2)
  }

  @Test func forgetsTheCausesOfOldErrors() throws {
    #expect(try cause("local _, e = pcall(refuse) for i = 1, 100 do pcall(refuse, 'x' .. i) end error(e)") == nil)
    #expect(try cause("for i = 1, 100 do pcall(refuse, 'x' .. i) end refuse()") == 101)
  }

  @Test func findsTheCauseOfAnErrorRaisedWhileClosing() throws {
    #expect(
      try cause("local x <close> = setmetatable({}, { __close = function() error('mine') end }) refuse()") == nil)
    #expect(
      try cause("local x <close> = setmetatable({}, { __close = function() refuse() end }) refuse()") == 2)
  }
}
