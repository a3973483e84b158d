import SwerveRL
import Testing

@testable import SwerveScript

/// Names that scripts give to what runs record: one rule, wherever they are made.
@Suite struct GivenNameTests {
  /// As Lua writes them. None of these could be told apart, read or shown everywhere.
  static let bad = [
    "''", "' '", "'a b'", "'a\\nb'", "'\\27[31mred'", "'<b>'", "'a,b'", "'\"'", "'日本'", "'e\\u{301}'", "'\\xff'",
    "('n'):rep(81)",
  ]

  @Test(arguments: bad)
  func rejectsAPartOfTheLossAtTheHooksLine(_ name: String) {
    let error = failure { _ = try variablesLoss("{ [\(name)] = 1 }") }
    #expect(error?.message.contains("the name of a part of the loss must be letters, digits and '_'") ?? false)
    #expect(error?.place?.line == 2)
  }

  @Test(arguments: bad)
  func rejectsANumberOfARuleAtTheHooksLine(_ name: String) {
    let error = failure { _ = try TestBatch().weights("function(t) return 1, { [\(name)] = 1 } end") }
    #expect(error?.message.contains("the name of a logged number must be letters, digits and '_'") ?? false)
    #expect(error?.place?.line == 2)
  }

  @Test(arguments: bad)
  func rejectsNamesInOptionsAtTheirLine(_ name: String) {
    for script in [
      finetune("coefficients = { [\(name)] = 1 }"), "swerve.options { [\(name)] = 1 } " + finetune(""),
      custom("sets = { [\(name)] = function() return 'a' end }"), custom("name = \(name)"),
      "return swerve.finetune { name = \(name), from = 'm.safetensors', task = task, updates = 5, lr = 1e-4 }",
    ] {
      let error = failure(script)
      // What is no text at all is refused as that.
      let words = name == "'\\xff'" ? "UTF-8" : "must be letters, digits"
      #expect(error?.message.contains(words) ?? false, "\(String(describing: error))")
      #expect(error?.place?.line == 2)
    }
  }

  @Test func acceptsGoodNames() throws {
    let parts = try variablesLoss("{ zeta = 1, ['a/b_2'] = t.logp:max(), [('n'):rep(80)] = 3 }")
    #expect(parts.map(\.name) == ["a/b_2", String(repeating: "n", count: 80), "zeta"])
    let weights = try TestBatch().weights("function(t) return 1, { ['a/b'] = 1, c = t.logp:max() } end")
    #expect(weights.coefficients == [Metric("a/b", 1), Metric("c", -0.125)])
  }

  @Test func rejectsMoreThanAHundredNumbersOfAHook() {
    let many = "local p = {} for i = 1, 101 do p['n' .. i] = i end return t.logp:mean(), p"
    let error = failure {
      var batch = TestBatch()
      batch.variables = ["logp"]
      _ = try batch.loss("function(t) \(many) end")
    }
    #expect(error?.message.hasSuffix("may give at most 100 numbers to log, got 101") ?? false)
  }

  /// success/train is measured while collecting.
  @Test func rejectsASetNamedLikeACollectedMetric() {
    let error = failure(custom("sets = { train = function() return 'a' end }"))
    #expect(error?.message.contains("can't have a set \"train\"") ?? false)
    #expect(error?.place?.line == 2 && error?.hint?.contains("\"training\"") ?? false)
    #expect(failure(custom("sets = { training = function() return 'a' end }"))?.message.contains("prompt") ?? false)
    #expect(failure(custom("sets = { trains = function() return 'a' end }")) == nil)
  }

  /// What a stage may log has no name twice, whatever the algorithm and the sets.
  @Test(arguments: Algorithm.all.map(\.name))
  func givesEachMetricOfAStageItsOwnName(_ algorithm: String) throws {
    let plan = try #require(
      load(
        finetune(
          "algorithm = '\(algorithm)', episodes = 16, "
            + "eval = { every = 1, sets = { comfort = 1, plus1 = 1, training = 1 } }")
      ).finetunePlan)
    let names = plan.metricNames.known
    #expect(Set(names).count == names.count)
  }

  private func custom(_ more: String) -> String {
    "local t = swerve.tasks.custom { alphabet = 'ab\\n', longest_prompt = 1, limit = 2, prompt = function() return 'a' end, "
      + "solution = function() return 'b' end, \(more) } "
      + "return swerve.finetune { from = 'm.safetensors', task = t, updates = 5, lr = 1e-4 }"
  }

  private func variablesLoss(_ parts: String) throws -> [Metric] {
    var batch = TestBatch()
    batch.variables = ["logp"]
    return try batch.loss("function(t) return t.logp:mean(), \(parts) end").parts
  }
}
