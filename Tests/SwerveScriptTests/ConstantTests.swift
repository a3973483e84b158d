import Testing

@testable import SwerveScript

/// Constants that the first step would refuse are refused while the script loads, before any training.
@Suite struct ConstantTests {
  @Test(arguments: [
    (
      "kl = { coef = 1, rule = rules.certainty { alpha = -2 } }",
      "option 'alpha' must be a number at least 0 or a function that gives one, got -2 (number)"
    ),
    (
      "kl = { coef = 1, rule = rules.certainty { alpha = 1, measure = 'negentropi' } }",
      "option 'measure' must be one of \"max_prob\", \"negentropy_max_prob\", \"negentropy\", \"sample\", got "
        + "\"negentropi\" (string); did you mean 'negentropy'?"
    ),
    (
      "kl = { coef = 1, rule = rules.certainty { alpha = anneal.linear } }",
      "option 'alpha' must be a number at least 0 or a function that gives one, got the library's anneal.linear, which makes "
        + "one: call it with its options, as in anneal.linear { ... }"
    ),
    (
      "vf = anneal.cosine",
      "option 'vf' must be a number at least 0 or a function that gives one, got the library's anneal.cosine, which makes one"
    ),
    (
      "kl = { coef = swerve.control.adaptive_kl }",
      "option 'kl.coef' must be a number at least 0 or a function that gives one, got the library's control.adaptive_kl, "
        + "which makes one"
    ),
    (
      "loss = function() end, coefficients = { x = anneal.linear }",
      "option 'coefficients.x' must be a finite number or a function that gives one, got the library's anneal.linear, which "
        + "makes one"
    ),
    (
      "loss = require 'swerve.losses.lp_reg'",
      "option 'loss' must be a function, got the library's losses.lp_reg, which makes one"
    ),
    (
      "loss = require 'swerve.losses.off_policy_mask' { delta = 1, loss = require 'swerve.losses.lp_reg' }",
      "option 'loss' must be a function, got the library's losses.lp_reg, which makes one: call it with its options, as in "
        + "losses.lp_reg { ... }"
    ),
    (
      "loss = require 'swerve.losses.sapo', coefficients = { tau_good = 0, tau_bad = 1 }",
      "option 'coefficients.tau_good' must be above 0 for losses.sapo, got 0.0 (number)"
    ),
    (
      "loss = require 'swerve.losses.sapo', coefficients = { tau_good = 1 }",
      "losses.sapo needs a coefficient: coefficients = { tau_bad = ... }, above 0"
    ),
    (
      "clip = 0.2, loss = require 'swerve.losses.two_sided', coefficients = { delta = 1.1 }",
      "option 'coefficients.delta' must be above 1 + clip_high (1.2) for losses.two_sided, got 1.1 (number)"
    ),
  ])
  func rejectsBadConstantsWhileTheScriptLoads(options: String, message: String) throws {
    let error = try #require(failure(finetune(options)))
    #expect(error.message == message)
    #expect(error.place == ScriptPlace(file: "examples/test.lua", line: 2))
  }

  @Test func checksACoefficientOfAScheduleAtItsStep() throws {
    let options =
      "loss = require 'swerve.losses.sapo', coefficients = { tau_good = function() return 1 end, tau_bad = 1 }"
    let experiment = try load(finetune(options))
    defer { withExtendedLifetime(experiment) {} }
    let objective = try #require(experiment.finetunePlan?.objective)
    let error = try #require(
      failure {
        _ = try objective.loss(
          try TestBatch().columns(), coefficients: [.init("tau_good", 0), .init("tau_bad", 1)], step: 3)
      })
    #expect(error.message.contains("option 'coefficients.tau_good' must be above 0 for losses.sapo, got 0.0"))
  }

  @Test func acceptsAFunctionOfTheScriptNamedLikeOneOfTheLibrary() throws {
    _ = try load(finetune("vf = (function() local function linear() return 1 end return linear end)()"))
  }
}
