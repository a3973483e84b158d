import Foundation
import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// The mistakes that others shipped, each shown not to be here: estimators with the wrong gradient, penalties of the wrong sign,
/// a choice that picks another estimator.
///
/// One state with three actions. A batch that holds each action once, weighted by its probability, is the expectation over what
/// the policy would draw.
@Suite struct KLGuardTests {
  private let logits: [Float] = [0.5, -0.25, 1]
  private let reference: [Float] = [0.1, 0.3, 0.6]

  private func softmax(_ logits: [Float]) -> [Float] {
    let total = logits.reduce(0) { $0 + exactExp($1) }
    return logits.map { exactExp($0) / total }
  }

  private func divergence(_ logits: [Float]) -> Float {
    zip(softmax(logits), reference).reduce(0) { $0 + $1.0 * (exactLog($1.0) - exactLog($1.1)) }
  }

  /// Of the exact divergence: p_j (d_j - KL).
  private var exactGradient: [Float] {
    let kl = divergence(logits)
    return zip(softmax(logits), reference).map { $0 * (exactLog($0) - exactLog($1) - kl) }
  }

  private func gradient(_ options: String, coefficients: [Metric] = [], advantage: [Float]? = nil) throws -> [Float] {
    try descent(options, coefficients: coefficients, advantage: advantage).gradient
  }

  /// A loss, and its gradient at the logits, summed over the three tokens; `advantage` holds the actions' probabilities.
  private func descent(
    _ options: String, coefficients: [Metric] = [], advantage: [Float]? = nil
  ) throws -> (value: Float, gradient: [Float]) {
    let experiment = try load(finetune(options))
    defer { withExtendedLifetime(experiment) {} }
    let objective = try #require(experiment.finetunePlan?.objective)
    let layout = TokenLayout(rowLengths: [1, 1, 1])
    let p = softmax(logits)
    let all = try Tensor.variable(logits + logits + logits, shape: .tokensBy(layout, 3))
    func constant(_ values: [Float]) throws -> Tensor { try Tensor.constant(values, shape: .tokens(layout)) }
    let log = try all.logSoftmax()
    let logp = try log.gather(constant([0, 1, 2]))
    let q = try Tensor.constant(reference + reference + reference, shape: .tokensBy(layout, 3))
    let full = try log.exp().mul(log.sub(q.log())).vocabSum()
    let made: [(String, Tensor)] = [
      ("logp", logp), ("ref_logp", try constant(reference.map { exactLog($0) })), ("kl_full", full),
      ("old_logp", try constant(p.map { exactLog($0) })), ("advantage", try constant(advantage ?? p)),
      // Three tokens: their mean with these weights is the expectation.
      ("kl_weight", try constant(p.map { 3 * $0 })), ("policy_weight", try constant([1, 1, 1])),
      ("entropy_weight", try constant([1, 1, 1])), ("entropy", try log.exp().mul(log).vocabSum().neg()),
      ("value", try constant([0, 0, 0])), ("returns", try constant([0, 0, 0])), ("mask", try constant([1, 1, 1])),
      ("clip_low", try constant([0.2, 0.2, 0.2])), ("clip_high", try constant([0.2, 0.2, 0.2])),
    ]
    var batch = TestBatch()
    batch.layout = layout
    batch.texts = "12+"
    let base = try batch.columns()
    let columns = TokenColumns(
      layout: layout, tokens: base.tokens, tokenizer: base.tokenizer, names: made.map(\.0)
    ) { name in made.first { $0.0 == name }?.1 }
    let loss = try objective.loss(columns, coefficients: coefficients, step: 1).total
    try loss.backward()
    let gradient = try #require(all.gradient)
    return (loss.values[0], (0..<3).map { gradient[$0] + gradient[3 + $0] + gradient[6 + $0] })
  }

  private func isClose(_ a: [Float], _ b: [Float]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 } }

  @Test func matchesTheDivergenceInExpectationExceptForK2() throws {
    func value(_ name: String) throws -> Float {
      try descent("loss = function(t) return (t.advantage * swerve.kl(t, '\(name)')):sum() end").value
    }
    let exact = divergence(logits)
    for name in ["k1", "k3", "full", "k3_straight", "k3_unbiased"] {
      #expect(abs(try value(name) - exact) < 1e-6, "\(name)")
    }
    let k2 = zip(softmax(logits), reference).reduce(Float(0)) {
      let d = exactLog($1.0) - exactLog($1.1)
      return $0 + $1.0 * d * d / 2
    }
    #expect(abs(try value("k2") - k2) < 1e-6 && abs(k2 - exact) > 1e-3)
  }

  @Test func hasTheRightExpectedGradientForK2AndFullAndZeroForK1() throws {
    func estimator(_ name: String) throws -> [Float] {
      try gradient("loss = function(t) return (t.advantage * swerve.kl(t, '\(name)')):sum() end")
    }
    #expect(isClose(try estimator("k1"), [0, 0, 0]))
    #expect(isClose(try estimator("k2"), exactGradient))
    #expect(isClose(try estimator("full"), exactGradient))
    #expect(isClose(try estimator("k3_straight"), exactGradient))
    #expect(isClose(try estimator("k3_unbiased"), exactGradient))
    // k3's is that of the other direction, KL(reference || policy): p - q.
    let other = zip(softmax(logits), reference).map { $0 - $1 }
    #expect(isClose(try estimator("k3"), other) && !isClose(other, exactGradient))
  }

  /// A subtraction as the formula says it would leave no digit of a small difference, and numbers below 0.
  @Test func computesTheBitsOfTheReportedK3AtEveryScale() throws {
    let d = stride(from: -30.0, through: 5, by: 0.25).flatMap { [Float(exp2($0)), -Float(exp2($0))] }
    var batch = TestBatch()
    batch.layout = TokenLayout(rowLengths: [d.count])
    batch.texts = String(repeating: "1", count: d.count)
    batch.values = [("logp", d), ("ref_logp", d.map { _ in 0 })]
    batch.variables = ["logp"]
    let columns = try batch.columns()
    let reported = KLEstimator.k3.estimates(logp: d, reference: d.map { _ in 0 })
    batch.values.append(("wanted", reported))
    let loss = try batch.loss(
      "function(t) local k3 = swerve.kl(t, 'k3'); return k3:sum(), { off = k3:ne(t.wanted):sum(), low = k3:min() } end",
      columns: try batch.columns())
    #expect(loss.parts[1].value == 0 && (loss.parts[0].value ?? -1) > 0)
    // 1 - exp(-d), whose one rounding is of numbers near 1.
    let second = try batch.loss("function(t) return swerve.kl(t, 'k3'):sum() end", columns: columns)
    try second.total.backward()
    for (d, slope) in zip(d, try columns.column("logp")?.gradient ?? []) {
      let expected = -expm1(-Double(d))
      #expect(abs(Double(slope) - expected) <= 2e-6 * abs(expected), "d = \(d)")
    }
  }

  @Test(arguments: ["a2c", "reinforce", "ppo", "grpo"], ["k2", "k3", "full"])
  func movesThePolicyCloserByAStepOnThePenaltyAlone(_ algorithm: String, _ estimator: String) throws {
    let episodes = algorithm == "grpo" ? "episodes = 8, minibatch = 3," : ""
    let found = try gradient(
      "algorithm = '\(algorithm)', \(episodes) kl = { coef = 1, estimator = '\(estimator)' }",
      coefficients: [Metric("vf", 0), Metric("entropy", 0), Metric("kl", 1)], advantage: [0, 0, 0])
    let moved = zip(logits, found).map { $0 - 0.1 * $1 }
    #expect(divergence(moved) < divergence(logits))
    if estimator == "k2" { #expect(isClose(found, exactGradient)) }
  }

  @Test func usesTheChosenEstimatorInLosses() throws {
    var gradients: [[Float]] = []
    for estimator in ["k2", "k3"] {
      gradients.append(
        try gradient(
          "algorithm = 'ppo', kl = { coef = 1, estimator = '\(estimator)' }",
          coefficients: [Metric("vf", 0), Metric("entropy", 0), Metric("kl", 1)], advantage: [0, 0, 0]))
    }
    #expect(!isClose(gradients[0], gradients[1]))
  }

  @Test func reportsAnOverflowOfK3() throws {
    var batch = TestBatch()
    batch.layout = TokenLayout(rowLengths: [1, 1])
    batch.texts = "12"
    batch.values = [("logp", [-100, -1]), ("ref_logp", [-1, -1])]
    batch.variables = ["logp"]
    let experiment = try load(
      finetune("kl = { coef = 1, estimator = 'k3' }, loss = function(t, c) return swerve.kl(t, c.estimator):mean() end")
    )
    let objective = try #require(experiment.finetunePlan?.objective)
    let error = failure { _ = try objective.loss(try batch.columns(), coefficients: [], step: 2) }
    #expect(error?.message == "hook 'loss' of stage 'rl' at step 2: the loss must be a finite number, got inf")
    #expect(error?.hint?.hasPrefix("the estimator k3 overflows where a token is e^88 times likelier") ?? false)
  }
}
