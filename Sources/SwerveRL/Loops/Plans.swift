import SwerveModel
import SwerveTensor

// What an experiment asks for, as values. SwerveScript makes them from Lua; the loops run them.

/// Where a stage's model comes from.
package enum ModelSource: Sendable {
  /// New weights, drawn from the seed.
  case fresh
  /// The result of an earlier stage, by name.
  case stage(String)
  /// A checkpoint file, by the path that the script gave.
  case checkpoint(String)
}

/// How often and on what a stage evaluates.
package struct EvaluationPlan: Sendable {
  /// Steps between evaluations; there is one before the first step and one after the last in any case.
  package var every: Int
  /// Problem sets and episodes of each, in this order.
  package var sets: [(set: ProblemSet, episodes: Int)]
  /// The most probable token instead of a sampled one.
  package var greedy: Bool
  /// tau of sampled evaluations; nil: that of the step.
  package var temperature: Float?
  /// Episodes of each set that are written to samples.jsonl.
  package var samples = 3

  package init(every: Int, sets: [(set: ProblemSet, episodes: Int)], greedy: Bool) {
    self.every = every
    self.sets = sets
    self.greedy = greedy
  }
}

/// Pre-training: next-token prediction on texts that the task draws.
package struct PretrainPlan {
  /// tau of evaluations that sample and have none of their own.
  static let temperature: Float = 1

  package var name: String
  package var source: ModelSource
  /// The shape of a fresh model (its vocabulary is the task's alphabet); nil: the source's.
  package var model: GPTConfiguration?
  package var task: any Task
  package var steps: Int
  /// Texts in a step.
  package var batch: Int
  package var learningRate: Schedule
  package var optimizer: AdamW.Options
  /// Each text starts at a random position of the context, so that all positions are trained.
  package var randomPositions: Bool
  package var evaluation: EvaluationPlan?
  /// Of every random number of the stage; nil: the run's.
  package var seed: UInt64?
  /// Of the stage's hooks; saved with each checkpoint that training can go on from.
  package var memory: (any StageMemory)?

  package init(
    name: String, source: ModelSource, model: GPTConfiguration?, task: any Task, steps: Int, batch: Int,
    learningRate: Schedule, optimizer: AdamW.Options, randomPositions: Bool, evaluation: EvaluationPlan?
  ) {
    self.name = name
    self.source = source
    self.model = model
    self.task = task
    self.steps = steps
    self.batch = batch
    self.learningRate = learningRate
    self.optimizer = optimizer
    self.randomPositions = randomPositions
    self.evaluation = evaluation
  }
}

/// The KL penalty of a fine-tuning stage.
package struct KLPlan {
  /// Where the penalty enters.
  package enum Place: String, CaseIterable, Sendable {
    /// coef * mean(weight * estimate) in the loss.
    case loss
    /// -coef * weight * estimate at each token's reward.
    case reward
  }

  package var coefficient: Schedule
  /// k1, k2, k3 on the sampled token, or nil for `full`: exact over the vocabulary.
  package var estimator: KLEstimator?
  package var place: Place
  /// tau_w of the certainty.
  package var certaintyTemperature: Float
  /// Which measure the column `certainty` holds.
  package var certainty: CertaintyMeasure
  package var rule: (any TokenRule)?

  package init(
    coefficient: Schedule, estimator: KLEstimator?, place: Place, certaintyTemperature: Float,
    certainty: CertaintyMeasure, rule: (any TokenRule)?
  ) {
    self.coefficient = coefficient
    self.estimator = estimator
    self.place = place
    self.certaintyTemperature = certaintyTemperature
    self.certainty = certainty
    self.rule = rule
  }
}

/// After every so many updates: reference = mix * policy + (1 - mix) * reference (TR-DPO, arXiv 2404.09656).
package struct ReferenceSync: Equatable, Sendable {
  package let every: Int
  /// In (0, 1].
  package let mix: Float

  package init(every: Int, mix: Float) {
    self.every = every
    self.mix = mix
  }
}

/// Fine-tuning by reinforcement.
package struct FinetunePlan {
  package var name: String
  package var source: ModelSource
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
  /// For `gae`.
  package var truncated: TruncatedEnd = .terminal
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
  /// Of the critic's tensors; nil: that of the policy.
  package var criticLearningRate: Schedule?
  /// First updates that train the critic alone.
  package var criticWarmup = 0
  package var kl: KLPlan
  /// How the reference follows the policy; nil: it stays as it is.
  package var referenceSync: ReferenceSync?
  /// What the script logs with each update.
  package var log: (any UpdateLog)?
  package var optimizer: AdamW.Options
  package var evaluation: EvaluationPlan?
  /// Of the stage's hooks; saved with each checkpoint that training can go on from.
  package var memory: (any StageMemory)?

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

/// One stage of an experiment.
package enum StagePlan {
  case pretrain(PretrainPlan)
  case finetune(FinetunePlan)

  package var name: String {
    switch self {
    case .pretrain(let plan): plan.name
    case .finetune(let plan): plan.name
    }
  }

  package var source: ModelSource {
    switch self {
    case .pretrain(let plan): plan.source
    case .finetune(let plan): plan.source
    }
  }

  package var info: StageInfo {
    switch self {
    case .pretrain(let plan):
      // Steps of pre-training have no temperature: their evaluations sample at 1.
      StageInfo(
        name: plan.name, kind: "pretrain", steps: plan.steps, task: plan.task.name,
        evaluation: plan.evaluation.map { EvaluationInfo($0, temperature: PretrainPlan.temperature) })
    case .finetune(let plan):
      StageInfo(
        name: plan.name, kind: "finetune", steps: plan.updates, task: plan.task.name,
        evaluation: plan.evaluation.map { EvaluationInfo($0, temperature: nil) })
    }
  }
}

/// A whole experiment: stages in the order in which they run, each after the stages that it starts from.
package struct ExperimentPlan {
  package var name: String
  package var stages: [StagePlan]

  package init(name: String, stages: [StagePlan]) {
    self.name = name
    self.stages = stages
  }
}
