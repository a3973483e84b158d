import LuaRuntime
import SwerveRL
import Testing

@testable import SwerveScript

/// What outlives a call of a hook without being declared is refused, by name.
struct HookGuardTests {
  /// The error of the second of two steps of a schedule; `body` is its text, from line 4 on, after a line of locals.
  private func refusal(_ locals: String, _ body: String, modules: [(name: String, text: String)] = []) throws
    -> ScriptError?
  {
    let script = "\(locals)\nlocal function schedule(step, metrics, state)\n\(body)\nreturn 1\nend\n"
    let experiment = try load(
      script + finetune("lr = schedule"), modules: modules)
    let plan = try #require(experiment.finetunePlan)
    return failure {
      for step in 1...3 { _ = try plan.learningRate.value(step, []) }
    }
  }

  @Test(arguments: [
    ("local count = 0", "count = count + 1", "upvalue 'count'", 4),
    ("local cache = {}", "cache.best = step", "upvalue 'cache'.best", 4),
    ("local cache = { 5 }", "cache[1] = step", "upvalue 'cache'[1]", 4),
    ("local cache = {}", "\ntable.insert(cache, step)", "upvalue 'cache'[1]", 5),
    ("local c = { deep = { er = {} } }", "c.deep.er['two words'] = 1", "upvalue 'c'.deep.er[\"two words\"]", 4),
    ("local c = { 1 }", "c[1] = nil", "a field of upvalue 'c'", 4),
    ("local t = {}", "setmetatable(t, {})", "the metatable of upvalue 't'", 4),
    ("local m = { k = 1 } local t = setmetatable({}, m)", "getmetatable(t).k = 2", "the metatable of upvalue 't'.k", 4),
    ("local x = 1", "x = 1.0", "upvalue 'x'", 4),
    ("local x = 0.0", "x = -0.0", "upvalue 'x'", 4),
    ("local s = ('a'):rep(100)", "s = ('a'):rep(101)", "upvalue 's'", 4),
    ("", "seen = step", "global 'seen'", 4),
    ("config = { a = 1 }", "config.a = 2", "global 'config'.a", 4),
    ("", "math.pi = 3", "global 'math'.pi", 4),
    ("", "rawset(_G, 'late', 1)", "global 'late'", 4),
    ("", "load('hidden = 1')()", "global 'hidden'", 4),
    ("", "swerve.more = step", "upvalue 'swerve'.more", 4),
    ("local co = coroutine.wrap(function() while true do coroutine.yield() end end)", "co()", "coroutine", 4),
    ("local words = ('a b c d'):gmatch '%a'", "words()", "the iterator upvalue 'words'", 4),
    ("local keep", "keep = metrics", "upvalue 'keep'", 4),
    ("local keep", "keep = state", "upvalue 'keep'", 4),
    ("local keep", "keep = function() return step end", "upvalue 'keep'", 4),
  ])
  func namesAChange(_ locals: String, _ body: String, _ variable: String, _ line: Int) throws {
    let error = try #require(try refusal(locals, body))
    #expect(error.kind == .script)
    #expect(error.message.hasPrefix("option 'lr' of stage 'rl' at step 1: it changed "))
    #expect(error.message.contains("changed \(variable)") || error.message.contains("the \(variable)"))
    #expect(error.place == ScriptPlace(file: "examples/test.lua", line: line))
    #expect(error.hint?.contains("state.") == true)
  }

  @Test func namesTheOwnerOfAChangeByAHelper() throws {
    let helper = "local helper do local n = 0\nfunction helper() n = n + 1 return n end end"
    let error = try #require(try refusal(helper, "helper()"))
    #expect(error.message.contains("upvalue 'n' of upvalue 'helper'"))
    #expect(error.place?.line == 3)
  }

  @Test func namesAChangeOfAModule() throws {
    let module = (name: "counter", text: "local M = { n = 0 }\nfunction M.next() M.n = M.n + 1 end\nreturn M")
    let error = try #require(try refusal("", "require('counter').next()", modules: [module]))
    #expect(error.message.contains("require it while the script loads"))
    let loaded = try #require(try refusal("local counter = require 'counter'", "counter.next()", modules: [module]))
    #expect(loaded.message.contains("upvalue 'counter'.n"))
    let hidden = try #require(
      try refusal("require 'counter'", "local c = require 'counter'\nc.next()", modules: [module]))
    #expect(hidden.message.contains("module 'counter'.n"))
  }

  @Test(arguments: [
    ("local t = { 1, 2, 3 }", "local sum = 0 for i, v in ipairs(t) do sum = sum + v end"),
    ("local t = { a = 1 }", "for k, v in pairs(t) do end t.b = 2 t.b = nil"),
    ("local x = 1", "x = 2 x = 1"),
    ("local s = 'x'", "s = ('x'):rep(1)"),
    ("", "local co = coroutine.wrap(function() coroutine.yield(1) end) co()"),
    ("", "for w in ('a b'):gmatch '%a' do end table.sort({ 3, 2, 1 })"),
    ("", "math.random() math.randomseed(3) tostring({}) collectgarbage()"),
    ("", "state.n = (state.n or 0) + 1 state.t = { state.n }"),
    ("local ok = 0.0 / 0.0", "assert(ok ~= ok)"),
  ])
  func acceptsWhatIsAsBefore(_ locals: String, _ body: String) throws {
    #expect(try refusal(locals, body) == nil)
  }

  @Test func rejectsARuleThatKeepsItsTokens() throws {
    let experiment = try load(
      "local keep\n" + finetune("kl = { coef = 1, rule = function(t) keep = t.logp return 1 end }"))
    let rule = try #require(experiment.finetunePlan?.kl.rule)
    let error = try #require(
      failure { _ = try rule.weights(TestBatch().columns(), in: TestBatch.context(1)) })
    #expect(
      error.message
        == "hook 'kl.rule' of stage 'rl' at step 1: it changed upvalue 'keep', which the next call would see")
    #expect(error.place?.line == 3)
  }

  @Test func findsStateBehindARuleOfTheLibrary() throws {
    let experiment = try load(
      """
      local n = 0
      local base = rules.each(function() n = n + 1 return n end)
      \(finetune("kl = { coef = 1, rule = function(...) return base(...) end }"))
      """)
    let rule = try #require(experiment.finetunePlan?.kl.rule)
    let error = try #require(
      failure { _ = try rule.weights(TestBatch().columns(), in: TestBatch.context(1)) })
    #expect(error.message.contains("it changed upvalue 'n' of "))
    #expect(error.place?.line == 3)
  }
}
