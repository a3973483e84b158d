import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// The objectives of lua/swerve on numbers that were worked out by hand.
///
/// Two episodes of two tokens and one. Ratios to the old policy: 2, 1, 1/2; advantages 1, 1, -1; clip 0.2. Policy and reference
/// differ by d = 1, 0, -1.
@Suite struct AlgorithmTests {
  private static let two: Float = 0.693_147_2
  private var batch: TestBatch = {
    var batch = TestBatch()
    batch.layout = TokenLayout(rowLengths: [2, 1])
    batch.texts = "12+"
    batch.values = [
      ("logp", [-0.5, -1, -2]), ("old_logp", [-0.5 - two, -1, -2 + two]), ("ref_logp", [-1.5, -1, -1]),
      ("advantage", [1, 1, -1]), ("returns", [1, 0.5, 2]), ("value", [0, 0.5, 0]), ("entropy", [0.5, 1, 1.5]),
      ("policy_weight", [1, 1, 1]), ("entropy_weight", [1, 1, 1]), ("kl_weight", [1, 2, 0.5]),
      ("clip_low", [0.2, 0.2, 0.2]), ("clip_high", [0.2, 0.2, 0.2]), ("mask", [1, 1, 1]),
    ]
    batch.variables = ["logp", "value", "entropy"]
    return batch
  }()
  private let coefficients = [Metric("vf", 0.1), Metric("entropy", 0.01), Metric("kl", 2)]

  /// The loss of an algorithm's stage, and the gradient at logp.
  private func loss(
    _ options: String, more: [Metric] = [], change: (inout TestBatch) -> Void = { _ in }
  ) throws -> (value: LossValue, gradient: [Float]) {
    var batch = batch
    change(&batch)
    let experiment = try load(finetune(options))
    defer { withExtendedLifetime(experiment) {} }
    let objective = try #require(experiment.finetunePlan?.objective)
    let columns = try batch.columns()
    let loss = try objective.loss(columns, coefficients: coefficients + more, step: 1)
    try loss.total.backward()
    return (loss, try columns.column("logp")?.gradient ?? [])
  }

  private func expect(_ found: [Float], _ expected: [Float], _ comment: Comment = "") {
    #expect(found.count == expected.count, comment)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), comment) }
  }

  private func part(_ loss: LossValue, _ name: String) -> Float { loss.parts.first { $0.name == name }?.value ?? .nan }

  /// Gains min(r A, held A): 1.2, 1, -0.8; their mean is 1.4 / 3. Squares of return - value: 1, 0, 4. k2 by weight: 0.5, 0, 0.25.
  /// 0.1 * 5/3 - 1.4/3 - 0.01 + 2 * 0.25 = 0.19. Only the second token is inside the clip range: its gradient is -1/3; the
  /// penalty adds 2 w d / 3: 2/3, 0, -1/3.
  @Test func computesPPO() throws {
    let (loss, gradient) = try loss("algorithm = 'ppo', kl = { coef = 2 }")
    expect(
      [part(loss, "policy"), part(loss, "value"), part(loss, "entropy"), part(loss, "kl")], [-1.4 / 3, 5 / 3, 1, 0.25])
    expect([part(loss, "clipped")], [2 / 3])
    expect(loss.total.values, [0.19])
    expect(gradient, [2 / 3, -1 / 3, -1 / 3])
  }

  /// Estimates held 0.2 near the old ones 0.5, 0.5, -1 are 0.3, 0.5, -0.8, with the squares 0.49, 0, 7.84: the larger ones
  /// are 1, 0, 7.84. Where the held one counts, the critic's gradient is 0; else 0.1 * 2 (value - return) / 3.
  @Test func computesPPOWithAClippedCritic() throws {
    let experiment = try load(finetune("algorithm = 'ppo', value_clip = 0.2"))
    defer { withExtendedLifetime(experiment) {} }
    let plan = try #require(experiment.finetunePlan)
    #expect(plan.extraCoefficients.map(\.name) == ["clip", "value_clip"])
    var batch = batch
    batch.values.append(("old_value", [0.5, 0.5, -1]))
    let columns = try batch.columns()
    let loss = try plan.objective.loss(columns, coefficients: coefficients + [Metric("value_clip", 0.2)], step: 1)
    try loss.total.backward()
    expect([part(loss, "value")], [8.84 / 3])
    expect(try columns.column("value")?.gradient ?? [], [-0.2 / 3, 0, 0])
  }

  /// Means of the rows' means: policy ((-1.2 - 1) / 2 + 0.8) / 2 = -0.15, entropy (0.75 + 1.5) / 2, k2 (0.25 + 0.25) / 2.
  @Test func countsEveryEpisodeTheSameInGRPO() throws {
    let (loss, gradient) = try loss(
      "algorithm = 'grpo', episodes = 8, minibatch = 2, kl = { coef = 2, estimator = 'k2' }")
    expect([part(loss, "policy"), part(loss, "entropy"), part(loss, "kl")], [-0.15, 1.125, 0.25])
    expect(loss.total.values, [-0.15 - 0.01125 + 0.5])
    // The penalty's: 2 w d / (tokens of the row * 2); the policy's: -1/4 at the second token.
    expect(gradient, [0.5, -0.25, -0.5])
  }

  /// Sums divided by episodes * length: (-1.2 - 1 + 0.8) / (2 * 4).
  @Test func computesDoctorGRPOByAConstant() throws {
    let (loss, _) = try loss(
      "algorithm = 'grpo', episodes = 8, minibatch = 2, normalize = 'none', aggregate = 'constant', aggregate_length = 4"
    )
    expect([part(loss, "policy")], [-0.175])
  }

  /// The first row's ratio is the geometric mean sqrt(2), held at 1.2: (-1.2 + 0.8) / 2.
  @Test func computesTheRatioOfASequenceAsAGeometricMean() throws {
    let (loss, _) = try loss("algorithm = 'grpo', episodes = 8, minibatch = 2, ratio = 'sequence'")
    expect([part(loss, "policy")], [-0.2])
  }

  /// -logp A: 0.5, 1, -2; mean -1/6. Gradient -A/3.
  @Test func computesREINFORCE() throws {
    let (loss, gradient) = try loss("algorithm = 'reinforce'")
    expect([part(loss, "policy")], [-1 / 6])
    expect(
      zip(gradient, [Float(1), 0, -1].map { 2 * $0 / 3 }).enumerated().map { $1.0 - $1.1 * [1, 2, 0.5][$0] },
      [-1 / 3, -1 / 3, 1 / 3])
  }

  /// Weights min(r, 1.2) A logp: -(1.2)(-0.5), 1, -(0.5)(-1)(-2); gradient -weight A / 3.
  @Test func computesCISPO() throws {
    let (loss, gradient) = try loss("loss = require 'swerve.losses.cispo', clip = 0.2", more: [])
    expect([part(loss, "policy")], [0.2])
    expect(gradient, [-0.4 + 2 / 3, -1 / 3, 0.5 / 3 - 1 / 3])
  }

  /// 4 sigmoid(1), 2, and 4 / 1.05 sigmoid(-0.525), by the advantage's sign.
  @Test func computesSAPO() throws {
    let (loss, _) = try loss(
      "loss = require 'swerve.losses.sapo', coefficients = { tau_good = 1, tau_bad = 1.05 }",
      more: [Metric("tau_good", 1), Metric("tau_bad", 1.05)])
    expect([part(loss, "policy")], [(-2.924_234 - 2 + 1.415_939) / 3])
  }

  /// A bad token whose ratio is 2 counts with delta = 1.5: gains -1.5, 1, -0.8.
  @Test func computesTwoSidedClipping() throws {
    let (loss, gradient) = try loss(
      "loss = require 'swerve.losses.two_sided', coefficients = { delta = 1.5 }", more: [Metric("delta", 1.5)]
    ) {
      $0.values[3].values = [-1, 1, -1]
    }
    expect([part(loss, "policy")], [1.3 / 3])
    expect(gradient, [2 / 3, -1 / 3, -1 / 3])
  }

  @Test func acceptsEstimatesForLossesAsOptions() throws {
    let (straight, gradient) = try loss("algorithm = 'reinforce', kl = { coef = 2, estimator = 'k3_straight' }")
    expect([part(straight, "kl")], [(0.367_879_4 + 0.5 * 0.718_281_8) / 3])
    // -A / 3 + 2 w d / 3
    expect(gradient, [1 / 3, -1 / 3, 0])
    let plan = try #require(
      try load(finetune("kl = { coef = 1, estimator = 'k3_unbiased' }")).finetunePlan)
    #expect(plan.kl.estimator == .k3)
    #expect(plan.stepSummary.contains("KL k3_unbiased in the loss"), "\(plan.stepSummary)")
  }

  /// k3 is e^-1, 0, e - 2; straight has the gradient d, unbiased is multiplied by r.
  @Test func computesEstimatesForLosses() throws {
    let e: Float = 2.718_281_8
    let values = [1 / e, 0, e - 2] as [Float]
    let (straight, gradient) = try loss("loss = function(t) return swerve.kl(t, 'k3_straight'):sum() end")
    expect(straight.total.values, [values.reduce(0, +)])
    expect(gradient, [1, 0, -1])
    let (unbiased, _) = try loss("loss = function(t) return swerve.kl(t, 'k3_unbiased'):sum() end")
    expect(unbiased.total.values, [2 * values[0] + values[2] / 2])
  }

  @Test func setsDefaultsOfAnAlgorithm() throws {
    func plan(_ options: String) throws -> FinetunePlan { try #require(try load(finetune(options)).finetunePlan) }
    let grpo = try plan("algorithm = 'grpo', episodes = 16")
    #expect(grpo.advantage == .group && grpo.group == 8 && grpo.normalization == .groupDeviation)
    #expect(grpo.extraCoefficients.map(\.name) == ["clip"])
    #expect(try plan("algorithm = 'grpo', episodes = 16, kl = { coef = 1 }").kl.estimator == .k3)
    #expect(try plan("algorithm = 'reinforce'").advantage == .returns)
    let a2c = try plan("algorithm = 'a2c'")
    #expect(a2c.advantage == .gae && a2c.group == 1 && a2c.extraCoefficients.isEmpty)
    let ppo = try load(finetune("algorithm = 'ppo', clip = function(step) return 0.1 * step end, clip_high = 0.28"))
    try withExtendedLifetime(ppo) {
      let extra = try #require(ppo.finetunePlan?.extraCoefficients)
      #expect(extra.map(\.name) == ["clip", "clip_high"])
      #expect(try extra[0].schedule.value(2, []) == 0.2)
    }
  }

  @Test(arguments: [
    ("algorithm = 'grpo', episodes = 12", "option 'episodes' must be a multiple of 'group' (8), got 12"),
    ("advantage = 'group'", "compares the episodes of one problem: 'group' must be at least 2, got 1"),
    ("normalize = 'group_std'", "needs 'advantage' to be \"group\" or \"leave_one_out\", got \"gae\""),
    ("aggregate = 'constant'", "needs 'aggregate_length'"),
    ("aggregate_length = 5", "is for 'aggregate' = \"constant\""),
    ("algorithm = 'gprо'", "option 'algorithm' must be one of \"a2c\", \"reinforce\", \"ppo\", \"grpo\""),
    ("kl = { coef = 1, estimator = 'k1' }", "has a gradient that is 0 in expectation"),
    ("algorithm = 'ppo', coefficients = { clip = 0.1 }", "option 'coefficients.clip' has the name of a coefficient"),
    ("kl = { coef = 1, estimator = 'k3_straight', where = 'reward' }", "differs from k3 by its gradient"),
    ("algorithm = 'grpo', episodes = 16, value_clip = 0.2", "is for 'algorithm' = \"ppo\""),
    ("reference = { every = 2, mix = 0 }", "option 'reference.mix' must be in (0, 1], got 0"),
  ])
  func rejectsSettingsThatDoNotGoTogether(_ options: String, _ message: String) {
    let error = failure(finetune(options))
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
  }
}
