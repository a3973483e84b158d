import SwerveModel
import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// lua/swerve/losses/lp_reg.lua on numbers that were worked out by hand.
@Suite struct LowProbabilityTests {
  private static let layout = TokenLayout(rowLengths: [2, 2])
  /// With kappa = 0.02 what is below 0.014 is noise; the proxy is (0.7, 0.29, 0) / 0.99.
  private static let p: [Float] = [0.7, 0.29, 0.01]

  private func columns() throws -> TokenColumns {
    let layout = Self.layout
    func constant(_ values: [Float]) throws -> Tensor { try Tensor.constant(values, shape: .tokens(layout)) }
    // Improbable, noise, improbable, probable.
    let tokens: [Float] = [1, 2, 1, 0]
    let logp = tokens.map { exactLog(Self.p[Int($0)]) }
    let rows = (0..<4).flatMap { _ in Self.p.map { exactLog($0) } }
    let made: [(String, Tensor)] = [
      ("logits", try Tensor.variable(rows, shape: .tokensBy(layout, 3))),
      ("logp", try Tensor.variable(logp, shape: .tokens(layout))), ("old_logp", try constant(logp)),
      ("token", try constant(tokens)), ("advantage", try constant([-1, -1, 1, -1])),
      ("mask", try constant([1, 1, 1, 1])),
    ]
    var batch = TestBatch()
    batch.layout = layout
    batch.texts = "1234"
    let base = try batch.columns()
    return TokenColumns(
      layout: layout, tokens: base.tokens, tokenizer: base.tokenizer, names: made.map(\.0)
    ) { name in made.first { $0.0 == name }?.1 }
  }

  /// Of the improbable tokens (the median of old_logp and below: the first three), the second is noise and the third good. At
  /// the first, KL(proxy || p) = log(1 / 0.99), with the gradient p - proxy at the logits.
  @Test func protectsOnlyImprobableTokensOfBadAnswersThatAreNoNoise() throws {
    let experiment = try load(
      finetune(
        """
        loss = require "swerve.losses.lp_reg" {
          coef = 2, share = 0.5, loss = function(t) return t.logp:sum(), { own = 3 } end,
        }
        """))
    defer { withExtendedLifetime(experiment) {} }
    let objective = try #require(experiment.finetunePlan?.objective)
    let columns = try columns()
    let loss = try objective.loss(columns, coefficients: [Metric("temperature", 1)], step: 1)
    #expect(loss.parts.map(\.name) == ["lp_reg", "own", "protected"])
    #expect(abs((loss.parts[0].value ?? 0) - 0.010_050_336 / 4) < 1e-7)
    #expect(loss.parts[1].value == 3 && loss.parts[2].value == 0.25)
    try loss.total.backward()
    #expect(try columns.column("logp")?.gradient == [1, 1, 1, 1])
    let gradient = try #require(try columns.column("logits")?.gradient)
    let expected: [Float] = [-0.003_535_353_5, -0.001_464_646_5, 0.005] + [Float](repeating: 0, count: 9)
    for (found, expected) in zip(gradient, expected) { #expect(abs(found - expected) < 1e-7) }
  }

  @Test func suggestsTemperatureForAMisspeltOption() {
    let error = failure("local loss = require 'swerve.losses.lp_reg' { coef = 1, temprature = 2, loss = print }")
    let message = "unknown option 'temprature' of losses.lp_reg; did you mean 'temperature'?"
    #expect(error?.message.hasSuffix(message) ?? false)
  }
}
