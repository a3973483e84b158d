import LuaRuntime
import Testing

private struct Refusal: Error, CustomStringConvertible, Equatable {
  let reason: String

  var description: String { reason }
}

/// Counts how many objects of a test are alive.
private final class Tally {
  var alive = 0
}

private final class CountedObject {
  let tally: Tally

  init(_ tally: Tally) {
    self.tally = tally
    tally.alive += 1
  }

  deinit { tally.alive -= 1 }
}

/// Host functions: arguments, results, and errors that end the Swift frame before Lua raises.
@Suite struct CallbackTests {
  private func refuse(_ state: LuaState) {
    state.globals.set("refuse", .function(state.function("refuse") { _ in throw Refusal(reason: "not today") }))
  }

  @Test func passesValuesBothWays() throws {
    let outcome = try run(
      """
      print(echo(nil, true, 1, 1.5, "text", "ä\\0b"))
      local t, f = {}, function() end
      local t2, f2 = echo(t, f)
      print(rawequal(t, t2), rawequal(f, f2), select("#", echo()), math.type((echo(3.0))))
      print(select("#", echo(table.unpack({}, 1, 200))))
      """
    ) { state in
      state.globals.set("echo", .function(state.function("echo") { $0.arguments }))
    }
    #expect(outcome.output == "nil\ttrue\t1\t1.5\ttext\tä\0b\ntrue\ttrue\t0\tfloat\n200\n", "\(outcome.text)")
  }

  @Test func raisesAThrownErrorAtTheScriptsLine() throws {
    let outcome = try run("local x = 1\nrefuse()", prepare: refuse)
    #expect(outcome.error?.message == "test.lua:2: not today")
    #expect(outcome.error?.underlying as? Refusal == Refusal(reason: "not today"))
    #expect(outcome.error?.traceback == ["test.lua:2: in main chunk"])
  }

  @Test func letsAScriptCatchAThrownError() throws {
    let outcome = try run("print(pcall(refuse))\nprint(pcall(function() refuse() end))", prepare: refuse)
    #expect(outcome.output == "false\ttest.lua:1: not today\nfalse\ttest.lua:2: not today\n")
    let other = try run("pcall(refuse) error('mine')", prepare: refuse)
    #expect(other.error?.underlying == nil)
  }

  @Test func releasesSwiftObjectsOfAThrowingFunction() throws {
    let tally = Tally()
    let outcome = try run("for i = 1, 100 do pcall(f, {}, print) end") { state in
      state.globals.set(
        "f",
        .function(
          state.function("f") { call in
            let counted = CountedObject(tally)
            defer { withExtendedLifetime(counted) {} }
            throw Refusal(reason: "\(call.arguments.count)")
          }))
    }
    #expect(outcome.kind == "ok")
    #expect(tally.alive == 0)
  }

  @Test func releasesHostFunctionsWithTheState() throws {
    let tally = Tally()
    _ = try run("kept = make() make = nil") { state in
      let counted = CountedObject(tally)
      let make = state.function("make") { call in
        [.function(call.state.function("inner") { _ in withExtendedLifetime(counted) { [] } })]
      }
      state.globals.set("make", .function(make))
    }
    #expect(tally.alive == 0)
  }

  @Test func letsAHostFunctionCallLua() throws {
    let outcome = try run(
      """
      print(apply(function(x) return x * 2, "more" end, 21))
      print(pcall(apply, function() error("inside") end))
      print(pcall(apply, function() error({}) end))
      print(apply(apply, function() return apply(function() return "deep" end) end))
      """
    ) { state in
      let apply = state.function("apply") { call in
        guard case .function(let function) = call[0] else { throw Refusal(reason: "no function") }
        return try function.call(Array(call.arguments.dropFirst()))
      }
      state.globals.set("apply", .function(apply))
    }
    #expect(
      outcome.output
        == "42\tmore\nfalse\ttest.lua:2: inside\nfalse\ttest.lua:3: (error object is a table value)\ndeep\n",
      "\(outcome.text)")
  }

  @Test func keepsASwiftErrorThroughNestedCalls() throws {
    let outcome = try run("apply(function()\n  refuse()\nend)") { state in
      refuse(state)
      let apply = state.function("apply") { call in
        guard case .function(let function) = call[0] else { return [] }
        return try function.call()
      }
      state.globals.set("apply", .function(apply))
    }
    #expect(outcome.error?.message == "test.lua:2: not today")
    #expect(outcome.error?.underlying as? Refusal == Refusal(reason: "not today"))
  }

  @Test func endsTheOuterScriptAtALimitOfANestedCall() throws {
    let outcome = try run("pcall(try, function() while true do end end) print('FAIL')", limits: .small) { state in
      let attempt = state.function("try") { call in
        guard case .function(let function) = call[0] else { return [] }
        _ = try? function.call()
        return [.string("swallowed")]
      }
      state.globals.set("try", .function(attempt))
    }
    #expect(outcome.error?.kind == .limit("instructions"))
    #expect(outcome.output.isEmpty)
  }

  @Test func runsHostFunctionsInsideCoroutines() throws {
    let outcome = try run(
      """
      local co = coroutine.wrap(function() coroutine.yield(apply(function() return "in" end)) refuse() end)
      print(co())
      print(pcall(co))
      print(pcall(coroutine.wrap(function() apply(coroutine.yield) end)))
      """
    ) { state in
      refuse(state)
      let apply = state.function("apply") { call in
        guard case .function(let function) = call[0] else { return [] }
        return try function.call()
      }
      state.globals.set("apply", .function(apply))
    }
    #expect(outcome.output.hasPrefix("in\nfalse\ttest.lua:1: not today\nfalse\t"), "\(outcome.text)")
    #expect(outcome.output.contains("attempt to yield across a C-call boundary"))
  }

  @Test func enforcesTheMemoryLimitOnlyAfterAHostFunction() throws {
    // The overdraft is settled when control comes back to Lua.
    let limits = LuaLimits(memoryBytes: 2 << 20)
    let outcome = try run("print(pcall(big)) print('FAIL')", limits: limits) { state in
      let big = state.function("big") { call in
        let table = call.state.makeTable(numbers: [Double](repeating: 1, count: 1 << 20))
        #expect(table.count == 1 << 20)
        return [.table(table)]
      }
      state.globals.set("big", .function(big))
    }
    #expect(outcome.error?.kind == .limit("memory"))
    let settled = try run("for i = 1, 20 do big() end print('ok')", limits: limits) { state in
      let big = state.function("big") { call in
        _ = call.state.makeTable(numbers: [Double](repeating: 1, count: 100_000))
        return []
      }
      state.globals.set("big", .function(big))
    }
    #expect(settled.output == "ok\n", "\(settled.text)")
  }

  @Test func reportsTheCallersLine() throws {
    let outcome = try run("local function f()\n  print(where())\nend\nf() print(pcall(where))") { state in
      state.globals.set("where", .function(state.function("where") { [.string($0.callerLocation)] }))
    }
    #expect(outcome.output == "test.lua:2\ntrue\ttest.lua:4\n")
  }

  @Test func keepsValuesHarmlessAfterTheirStateEnds() throws {
    try withLargeStack {
      var state: LuaState? = LuaState { _ in }
      let table = try #require(state).makeTable([.integer(1)])
      let function = try #require(state).load("return 1", chunkName: "a.lua")
      state = nil
      #expect(table.get(1).isNil)
      #expect(table.count == 0)
      #expect(throws: LuaError.self) { try function.call() }
    }
  }
}
