import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// Losses in Lua.
@Suite struct ObjectiveTests {
  var batch = TestBatch()

  init() { batch.variables = ["logp"] }

  @Test func computesALossWithGradients() throws {
    let columns = try batch.columns()
    let loss = try batch.loss("function(t, c, step) return (t.logp * c.kl):sum() * step end", columns: columns)
    #expect(loss.total.values == [-55] && loss.parts.isEmpty)
    try loss.total.backward()
    #expect(try columns.column("logp")?.gradient == [8, 8, 8, 8, 8, 8])
  }

  @Test func logsPartsByName() throws {
    let loss = try batch.loss("function(t) return t.logp:sum(), { b = t.logp:max(), a = 2, c = 0.5 } end")
    #expect(loss.parts == [Metric("a", 2), Metric("b", -0.125), Metric("c", 0.5)])
  }

  @Test func readsCoefficientsByName() throws {
    let loss = try batch.loss(
      "function(t, c) return t.logp:sum() * 0 + c.vf, { kl = c.kl, k2 = c.estimator == 'k2' and 1 or 0 } end",
      coefficients: [Metric("vf", 0.5), Metric("kl", 3)])
    #expect(loss.total.values == [0.5] && loss.parts == [Metric("k2", 1), Metric("kl", 3)])
  }

  @Test func passesTheEstimatorOfThePenaltyToTheLoss() throws {
    let experiment = try load(
      finetune(
        "kl = { coef = 1, estimator = 'k3' }, "
          + "loss = function(t, c) return t.logp:sum() * c.kl, { k3 = c.estimator == 'k3' and 1 or 0 } end"))
    let objective = try #require(experiment.finetunePlan?.objective)
    let loss = try objective.loss(try batch.columns(), coefficients: [Metric("kl", 3)], step: 1)
    #expect(loss.parts == [Metric("k3", 1)])
  }

  /// d = 0.25, 0, 0.25, -1, 0.125, -0.5
  @Test(
    arguments: [
      ("k1", [0.25, 0, 0.25, -1, 0.125, -0.5]), ("k2", [0.03125, 0, 0.03125, 0.5, 0.0078125, 0.125]),
      ("full", [1, 2, 3, 4, 5, 6]),
    ] as [(String, [Float])])
  func returnsKLEstimatesAsColumns(estimator: String, expected: [Float]) throws {
    var batch = batch
    batch.values.append(("kl_full", [1, 2, 3, 4, 5, 6]))
    let weights = try batch.weights(
      "function(t) return swerve.kl(t, '\(estimator)') end", more: "allow_negative = true")
    #expect(weights.kl == expected)
  }

  @Test func computesK3AsTheHostDoes() throws {
    let weights = try batch.weights("function(t) return swerve.kl(t, 'k3') end").kl
    let expected = KLEstimator.k3.estimates(logp: batch.values[0].values, reference: batch.values[1].values)
    for (found, wanted) in zip(weights, expected) { #expect(abs(found - wanted) <= 2e-7) }
  }

  @Test(arguments: [
    ("nil", "the loss must be a scalar tensor, got nil"), ("3", "the loss must be a scalar tensor, got 3 (number)"),
    ("t.logp", "the loss must be a scalar tensor, got a tensor of shape tokens(6 in 2 rows)"),
    ("(t.logp * 0 - 1):log():sum()", "the loss must be a finite number, got nan"),
    ("t.certainty:sum()", "the loss depends on none of logp, entropy, value, kl_full and logits"),
    ("t.logp:detach():sum()", "the loss depends on none of logp, entropy, value, kl_full and logits"),
    ("t.logp:sum(), 1", "the second result must be a table of parts to log, got 1 (number)"),
    ("t.logp:sum(), { 1 }", "the name of a part of the loss must be \(GivenName.path.expectation), got 1 (number)"),
    (
      "t.logp:sum(), { x = 'a' }",
      "the part of the loss 'x' must be a finite number or a scalar tensor, got \"a\" (string)"
    ),
    (
      "t.logp:sum(), { x = 0/0 }",
      "the part of the loss 'x' must be a finite number or a scalar tensor, got nan (number)"
    ),
    (
      "t.logp:sum(), { x = t.logp }",
      "the part of the loss 'x' must be a finite number or a scalar tensor, got a tensor of shape tokens(6 in 2 rows)"
    ),
    ("t.logp:sum() * c.klip", "there is no coefficient 'klip'; did you mean 'kl'?"),
    (
      "swerve.kl(t, 'k4'):sum()",
      "swerve.kl knows \"k1\", \"k2\", \"k3\", \"full\", \"k3_straight\" and \"k3_unbiased\", got \"k4\" (string); did you mean 'k1'?"
    ),
  ])
  func namesALossThatCannotBeUsed(answer: String, problem: String) throws {
    let error = try #require(failure { _ = try batch.loss("\nfunction(t, c) return \(answer) end") })
    #expect(error.description == "examples/test.lua:3: hook 'loss' of stage 'rl' at step 4: \(problem)")
  }

  @Test func namesBothPlacesOfAnErrorInAnAlgorithmOfTheLibrary() throws {
    let experiment = try load("\n" + finetune(""))
    let objective = try #require(experiment.finetunePlan?.objective)
    let error = try #require(failure { _ = try objective.loss(try batch.columns(), coefficients: [], step: 1) })
    #expect(
      error.description.hasPrefix(
        "examples/test.lua:3: algorithm 'a2c' of stage 'rl' at step 1: there is no column 'advantage' here "
          + "(in lua/swerve/a2c.lua:"))
  }
}
