import SwerveModel

/// Moves the reference toward the policy at regular intervals: reference = mix * policy + (1 - mix) * reference
/// (TR-DPO, arXiv 2404.09656).
package struct ReferenceSync: Equatable, Sendable {
  package let every: Int
  /// In (0, 1].
  package let mix: Float

  package init(every: Int, mix: Float) {
    self.every = every
    self.mix = mix
  }
}

/// The plan of a stage of fine-tuning by reinforcement learning.
package struct FinetunePlan {
  package var name: String
  package var source: ModelSource
  /// Low-rank adapters that are trained in place of the model's weights.
  package var adapters: LowRankAdapters?
  package var task: any Task
  package var objective: any Objective
  package var updates: Int
  /// Episodes collected for each update.
  package var episodes: Int
  /// Episodes of a minibatch: one step of the optimizer.
  package var minibatch: Int
  /// Passes over the collected episodes in an update.
  package var epochs = 1
  /// tau of sampling and of every log-probability.
  package var temperature: Schedule
  package var gamma: Float = 1
  package var gaeLambda: Float = 0.95
  package var advantage: AdvantageEstimator = .gae
  /// How `gae` treats answers that a limit cut off.
  package var truncated: TruncatedEnd = .terminal
  /// Whether an answer that a limit cut off is valued by the critic's estimate after its last token.
  var bootstraps: Bool { advantage == .gae && truncated == .bootstrap }
  /// Episodes that answer the same problem; divides `episodes`.
  package var group = 1
  package var normalization: AdvantageNormalization = .none
  package var learningRate: Schedule
  package var valueCoefficient: Schedule
  package var entropyCoefficient: Schedule
  /// More coefficients for the loss, by name: clip, for example.
  package var extraCoefficients: [(name: String, schedule: Schedule)] = []
  /// Width of the critic's hidden layers.
  package var criticWidth = 128
  /// The critic's gradient stops at the trunk.
  package var detachCritic = false
  /// The learning rate of the critic's tensors; nil: that of the policy.
  package var criticLearningRate: Schedule?
  /// The number of first updates that train only the critic.
  package var criticWarmup = 0
  package var kl: KLPlan
  /// How the reference follows the policy; nil: it stays as it is.
  package var referenceSync: ReferenceSync?
  /// What the script logs with each update.
  package var log: (any UpdateLog)?
  package var optimizer: AdamW.Options
  /// The most gradient lanes, which decides bits; nil: by the model's size (`GradientLanes`).
  package var lanes: Int?
  package var evaluation: EvaluationPlan?
  package var ending = StageEnding()
  /// The state of the stage's hooks; saved with each checkpoint from which training can resume.
  package var state: (any StageState)?

  package init(
    name: String, source: ModelSource, task: any Task, objective: any Objective, updates: Int, episodes: Int,
    minibatch: Int, temperature: Schedule, learningRate: Schedule, valueCoefficient: Schedule,
    entropyCoefficient: Schedule, kl: KLPlan, optimizer: AdamW.Options, evaluation: EvaluationPlan?
  ) {
    self.name = name
    self.source = source
    self.task = task
    self.objective = objective
    self.updates = updates
    self.episodes = episodes
    self.minibatch = minibatch
    self.temperature = temperature
    self.learningRate = learningRate
    self.valueCoefficient = valueCoefficient
    self.entropyCoefficient = entropyCoefficient
    self.kl = kl
    self.optimizer = optimizer
    self.evaluation = evaluation
  }
}
