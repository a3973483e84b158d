import LuaRuntime
import Testing

@testable import SwerveScript

/// Rules that answer what can't be used: stage, hook, the function's line, step, row, position, token and value.
@Suite struct RuleErrorTests {
  let batch = TestBatch()
  private let title = "hook 'kl.rule' of stage 'rl' at step 3: "
  private let first = "hook 'kl.rule' of stage 'rl' at step 3, row 1, position 1 (token \"1\" in \"»1«2+\")"

  @Test(arguments: [
    ("nil", "the kl weight must be a number, a tensor or a list of numbers, got nil"),
    ("'1'", "the kl weight must be a number, a tensor or a list of numbers, got \"1\" (string)"),
    ("true", "the kl weight must be a number, a tensor or a list of numbers, got true (boolean)"),
    ("{}", "the kl weight must be a number, a tensor or a list of numbers, got a table"),
    ("0/0", "the kl weight at row 1, position 1 (token \"1\" in \"»1«2+\") must be a finite number, got nan"),
    ("-1", "the kl weight at row 1, position 1 (token \"1\" in \"»1«2+\") must be at least 0, got -1"),
    ("1e39", "the kl weight at row 1, position 1 (token \"1\" in \"»1«2+\") must be a finite number, got inf"),
    (
      "t.certainty - 0.5", "the kl weight at row 1, position 3 (token \"+\" in \"12»+«\") must be at least 0, got -0.25"
    ),
    (
      "t.certainty:log() * 0",
      "the kl weight at row 2, position 2 (token \"3\" in \"=»3«4\") must be a finite number, got nan"
    ),
    ("{ 1, 2, 3 }", "the kl weight must have one number for each of the 6 tokens, got a list of 3"),
    (
      "{ 1, 2, 3, 4, 'x', 6 }",
      "the kl weight at row 2, position 2 (token \"3\" in \"=»3«4\") must be a number, got \"x\" (string)"
    ),
    (
      "{ 1, 2, 3, 4, 5, 1/0 }",
      "the kl weight at row 2, position 3 (token \"4\" in \"=3»4«\") must be a finite number, got inf"
    ),
    ("{ kl = 1, polcy = 2 }", "unknown weight 'polcy'; did you mean 'policy'?"),
    ("{ kl = 'x' }", "the kl weight must be a number, a tensor or a list of numbers, got \"x\" (string)"),
    (
      "{ policy = 0/0 }",
      "the policy weight at row 1, position 1 (token \"1\" in \"»1«2+\") must be a finite number, got nan"
    ),
    (
      "{ clip_low = -1 }",
      "the clip_low weight at row 1, position 1 (token \"1\" in \"»1«2+\") must be in [0, 1], got -1"
    ),
    (
      "{ clip_low = 2 }",
      "the clip_low weight at row 1, position 1 (token \"1\" in \"»1«2+\") must be in [0, 1], got 2"
    ),
    (
      "{ policy = -1 }",
      "the policy weight at row 1, position 1 (token \"1\" in \"»1«2+\") must be at least 0, got -1"
    ),
    (
      "{ entropy = -1 }",
      "the entropy weight at row 1, position 1 (token \"1\" in \"»1«2+\") must be at least 0, got -1"
    ),
    ("1, 2", "the second result must be a table of numbers to log, got 2 (number)"),
    ("1, { alpha = 0/0 }", "the logged number 'alpha' must be a finite number or a scalar tensor, got nan (number)"),
    ("1, { alpha = 'x' }", "the logged number 'alpha' must be a finite number or a scalar tensor, got \"x\" (string)"),
    ("t.certainy", "there is no column 'certainy' here; did you mean 'certainty'?"),
    ("t[1]", "there is no column '1 (number)' here"),
    ("t:numbers 'x'", "there is no column 'x' here"),
    ("t:tensor { 1 }", "argument 'values' must have 6 numbers, got 1"),
    ("t:text(7)", "argument 'index' must be in [1, 6], got 7"),
    ("t.logp:foo()", "a tensor has no method 'foo'"),
    ("t.logp:maen()", "a tensor has no method 'maen'; did you mean 'mean'?"),
    ("t.logp + 'x'", "add's b must be a tensor or a number, got \"x\" (string)"),
    ("t.logp:clamp(1)", "clamp takes 3 arguments, clamp(x, lo, hi), got 2"),
    ("t.logp:at(0, 1)", "at's row counts from 1, got 0"),
    ("t.logp < 0", "a comparison of tensors with an operator can't give a tensor in Lua; write a:lt(b), a:gt(b), ..."),
    ("rng:unifrom()", "rng has no method 'unifrom'; did you mean 'uniform'?"),
    ("rng:below(0)", "argument 'n' must be a whole number in [1, 9007199254740992], got 0 (number)"),
    ("error('no', 0)", "no"),
  ])
  func namesAnAnswerThatCannotBeUsed(answer: String, problem: String) throws {
    let error = try #require(failure { _ = try batch.weights("function(t, step, rng) return \(answer) end") })
    #expect(error.description == "examples/test.lua:2: \(title)\(problem)")
  }

  @Test func namesAWrongShape() throws {
    let error = try #require(
      failure { _ = try TestBatch(wide: 2).weights("function(t) return t.wide end") })
    #expect(
      error.message == title
        + "the kl weight must have one number for each token, tokens(6 in 2 rows), "
        + "got a tensor of shape tokens(6 in 2 rows) x 2"
    )
  }

  @Test func givesAHintForANegativeWeight() throws {
    let error = try #require(failure { _ = try batch.weights("function() return -1 end") })
    #expect(
      error.hint == "a weight below 0 rewards leaving the reference; if that is meant, set kl.allow_negative = true")
    #expect(
      failure { _ = try batch.weights("function() return { policy = -1 } end") }?.hint
        == "a weight below 0 teaches the opposite of the advantage; if that is meant, set kl.allow_negative = true")
    #expect(
      try batch.weights("function() return { policy = -1 } end", more: "allow_negative = true").policy
        == [Float](repeating: -1, count: 6))
    #expect(
      failure { _ = try batch.weights("function() return {} end") }?.hint
        == "a rule returns one column, or a table with any of kl, policy, entropy, advantage, clip_low, clip_high")
    #expect(failure { _ = try batch.weights("function() end") }?.hint == "does the function end with `return`?")
  }

  @Test func namesTheTokenAndTheLineInEach() throws {
    let error = try #require(
      failure { _ = try batch.weights("\n\nrules.each(function(tok)\nif tok.text ~= '=' then return 1 end end)") })
    #expect(
      error.description
        == "examples/test.lua:4: \(title)the weight at row 2, position 1 (token \"=\" in \"»=«34\") must be a number, got nil"
    )
    let infinite = try #require(failure { _ = try batch.weights("\nrules.each(function(tok) return 1 / 0 end)") })
    #expect(
      infinite.description
        == "examples/test.lua:3: \(title)the kl weight at row 1, position 1 (token \"1\" in \"»1«2+\") must be a finite number, got inf"
    )
    let misspelt = try #require(failure { _ = try batch.weights("\nrules.each(function(tok)\nreturn tok.lopg end)") })
    #expect(
      misspelt.description
        == "examples/test.lua:4: \(first): there is no column 'lopg' here; did you mean 'logp'?")
  }

  @Test(arguments: [
    (
      "if tok.text == '3' then return tok.logp.x end return 1",
      "row 2, position 2 (token \"3\" in \"=»3«4\"): attempt to index a number value (field 'logp')"
    ),
    ("if tok.text == '=' then error('no', 0) end return 1", "row 2, position 1 (token \"=\" in \"»=«34\"): no"),
    (
      "local function deep(n) return n > 0 and deep(n - 1) + 1 or nil + 1 end return deep(40)",
      "row 1, position 1 (token \"1\" in \"»1«2+\"): attempt to perform arithmetic on a nil value"
    ),
    (
      "if tok.text == '+' then while true do end end return 1",
      "row 1, position 3 (token \"+\" in \"12»+«\"): the instruction limit of 1000000 was reached"
    ),
  ])
  func namesTheTokenOfAnErrorInEach(body: String, problem: String) throws {
    let error = try #require(
      failure {
        _ = try batch.weights("rules.each(function(tok)\n\(body) end)", limits: LuaLimits(instructions: 1_000_000))
      })
    #expect(error.description == "examples/test.lua:3: hook 'kl.rule' of stage 'rl' at step 3, \(problem)")
    #expect(error.traceback.allSatisfy { !$0.hasPrefix("lua/") }, "\(error.traceback)")
  }

  @Test(arguments: [("error('no')", "pcall(each, t, step, rng)"), ("return 1", "each(t, step, rng)")])
  func namesNoTokenAfterEach(body: String, call: String) throws {
    let rule = """
      (function() local each = rules.each(function(tok) \(body) end)
      return function(t, step, rng) \(call) error('later', 0) end end)()
      """
    let error = try #require(failure { _ = try batch.weights(rule) })
    #expect(error.description == "examples/test.lua:3: \(title)later")
  }

  @Test func rejectsAChangeOfTokInEach() throws {
    let error = try #require(failure { _ = try batch.weights("rules.each(function(tok)\ntok.x = 1 return 1 end)") })
    #expect(error.description == "examples/test.lua:3: \(first): tok is read only; it has no 'x'")
  }

  /// A rule of the library is named by the line that made it.
  @Test func namesARuleOfTheLibraryByTheScriptsLine() throws {
    let error = try #require(
      failure { _ = try batch.weights("\n\nrules.certainty { alpha = function() return -1 end }") })
    #expect(error.place == ScriptPlace(file: "examples/test.lua", line: 4))
    #expect(error.message.hasPrefix("\(title)alpha of rules.certainty must be a number at least 0, got -1 (number)"))
  }

  @Test func keepsLineAndFramesOfAnErrorInARule() throws {
    let error = try #require(
      failure { _ = try batch.weights("function(t)\nlocal x = t.logp + t.ref_logp\nreturn x.y.z\nend") })
    #expect(error.description == "examples/test.lua:4: \(title)a tensor has no method 'y'")
    #expect(error.traceback.first?.hasPrefix("examples/test.lua:4: in function") == true)
  }

  @Test func rejectsARuleThatKeepsItsRng() throws {
    let error = try #require(
      failure {
        _ = try batch.weights(
          "(function() local kept; return function(t, step, rng)\nkept = kept or rng; return kept:uniform() end end)()")
      })
    #expect(
      error.description
        == "examples/test.lua:3: \(title)it changed upvalue 'kept', which the next call would see")
  }

  @Test(arguments: [
    ("rules.certainty { alfa = 1 }", "unknown option 'alfa' of rules.certainty; did you mean 'alpha'?"),
    (
      "rules.certainty { alpha = 1, intercept = 0.5 }",
      "option 'intercept' must be a number at most 0, got 0.5 (number)"
    ),
    (
      "rules.certainty {}",
      "option 'alpha' of rules.certainty is missing; it must be a number at least 0 or a function that gives one"
    ),
    ("rules.each(3)", "rules.each takes a function of a token, got 3 (number)"),
    ("rules.sure {}", "swerve.rules has no 'sure'"),
  ])
  func namesWrongOptionsOfTheLibrarysRules(rule: String, message: String) throws {
    let error = try #require(failure("\nlocal r = \(rule)"))
    #expect(error.description == "examples/test.lua:3: \(message)")
  }
}
