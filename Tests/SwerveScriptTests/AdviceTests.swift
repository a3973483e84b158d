import Testing

@testable import SwerveScript

/// Mistakes of people who are new to it: beside what is wrong, the error says what to write.
@Suite struct AdviceTests {
  @Test(arguments: [
    (
      finetune("kl = { coef = 1, rule = rules.certainty }"),
      "option 'kl.rule' must be a rule, got the library's function that makes one",
      "call it with its options, as in rules.certainty { alpha = 20 }"
    ),
    (
      "swerve:finetune { updates = 1 }", "swerve.finetune takes 1 argument, got 2",
      "is it called with a colon? Write swerve.finetune, with a dot"
    ),
    (
      "swerve.finetune { from = 'x.safetensors', updates = 1 }",
      "option 'task' of swerve.finetune is missing; it must be a task, such as swerve.tasks.addition { ... }",
      "task: what to learn, such as swerve.tasks.addition { ... }"
    ),
    (
      finetune("loss = 'ppo'"), "option 'loss' must be a function, got \"ppo\" (string)",
      "an objective of the library is given by name with algorithm = \"ppo\""
    ),
    (
      finetune("algorithm = require 'swerve.ppo'"),
      "option 'algorithm' must be one of \"a2c\", \"reinforce\", \"ppo\", \"grpo\", got a function",
      "a function is given with loss = ..."
    ),
    ("require 'swerve.lua'", "there is no module \"swerve.lua\"", "leave out .lua: require \"swerve\""),
    ("require 'mine.lua'", "there is no module \"mine.lua\"", "leave out .lua: require \"mine\""),
    (
      "io.open('x')", "unknown global 'io'",
      "scripts have no files, clock and processes, so that they replay; swerve.text reads a text while they load"
    ),
    (
      "rules.certainty { 2 }",
      "rules.certainty takes named options, as in rules.certainty { alpha = ... }, got a value without a name", nil
    ),
    ("rules.kl_cov(3)", "rules.kl_cov takes a table of options, as in rules.kl_cov {}, got 3 (number)", nil),
    ("rules.clip_cov { size = 3 }", "unknown option 'size' of rules.clip_cov; it has above, below, share", nil),
  ])
  func advisesWhileAScriptLoads(script: String, message: String, advice: String?) throws {
    let error = try #require(failure(script))
    #expect(error.message == message)
    #expect(error.hint == advice)
    #expect(error.place?.file == "examples/test.lua")
  }

  @Test(arguments: [
    (
      "math.exp(t.logp)", "bad argument #1 to 'exp' (number expected, got tensor)",
      "the functions of math take numbers; tensors have methods: x:exp(), x:log(), x:abs(), x:max(y), ..."
    ),
    (
      "#t", "attempt to get length of a tokens value (local 't')",
      "t.count is the number of tokens, t.rows that of texts"
    ),
    ("#t.logp", "attempt to get length of a tensor value (field 'logp')", "x:count() is the number of its elements"),
    (
      "t.logp[1]", "a tensor can't be indexed with 1 (number)",
      "x:at(row, position) is one of its numbers; t:numbers \"NAME\" gives a column as a list"
    ),
    (
      "math.max(t.logp, 0.5)",
      "a comparison of tensors with an operator can't give a tensor in Lua; write a:lt(b), a:gt(b), ...",
      "math.max and math.min compare so, too; of tensors they are methods: x:max(0.5), x:min(y)"
    ),
    ("t:logp()", "attempt to call a tensor value (method 'logp')", "a column is read without a call, as in t.logp"),
    (
      "pairs(t)", "bad argument #1 to 'pairs' (table expected, got tokens)",
      "columns are read by name, as in t.logp; t:numbers \"NAME\" gives one as a list of numbers"
    ),
    (
      "rules.certainty(t)",
      "rules.certainty takes a table of options, as in rules.certainty { alpha = ... }, got tokens", nil
    ),
  ])
  func advisesInsideARule(answer: String, message: String, advice: String?) throws {
    try expectAdvice(ofRule: answer, message, advice)
  }

  private func expectAdvice(ofRule answer: String, _ message: String, _ advice: String?) throws {
    let error = try #require(failure { _ = try TestBatch().weights("function(t) return \(answer) end") })
    #expect(error.message == "hook 'kl.rule' of stage 'rl' at step 3: \(message)")
    #expect(error.hint == advice)
  }

  private static let columns = "== and ~= compare whole columns, as one true or false; write x:eq(1) or x:ne(1)"

  /// Lua itself decides `==` of a tensor and a number; of two tensors it asks.
  @Test(arguments: [
    ("t.logp == 1", "the kl weight must be a number, a tensor or a list of numbers, got false (boolean)", columns),
    ("(t.logp ~= 1):mean()", "attempt to index a boolean value", nil),
    ("t.logp:where(t.logp == 0, 1)", "where's a must be a tensor or a number, got false (boolean)", columns),
    (
      "t.logp == t.certainty",
      "a comparison of tensors with == or ~= can't give a tensor in Lua; write a:eq(b) or a:ne(b)", nil
    ),
    (
      "t.logp ~= t.certainty and 1 or 0",
      "a comparison of tensors with == or ~= can't give a tensor in Lua; write a:eq(b) or a:ne(b)", nil
    ),
  ])
  func rejectsEqualityOfTensorsAsAColumn(answer: String, message: String, advice: String?) throws {
    try expectAdvice(ofRule: answer, message, advice)
  }

  @Test func comparesATensorAsEqualOnlyToItself() throws {
    let weights = try TestBatch().weights(
      "function(t) return t.logp == t.logp and t.logp ~= t and t.logp ~= rules.uniform() and t.logp ~= 'x' and 2 end")
    #expect(weights.kl == [Float](repeating: 2, count: 6))
  }

  @Test func advisesAgainstALossThatIsANumber() throws {
    let error = try #require(failure { _ = try TestBatch().loss("function(t) return t.logp:mean():item() end") })
    #expect(error.hint == "a number has no gradient; return the tensor, without :item()")
  }

  @Test func showsHowManyTokensThereAre() throws {
    let error = try #require(failure { _ = try TestBatch().weights("function(t) error(tostring(t), 0) end") })
    #expect(error.message.hasSuffix(": tokens: 6 in 2 rows"))
  }
}
