import SwerveModel

/// What happened in one step of a stage. Steps count from 1.
package struct StepRecord {
  package let stage: String
  package let step: Int
  /// In a fixed order: see `MetricTable`.
  package let metrics: [Metric]
  /// Measured on this machine and never compared: tokens/s, seconds.
  package var notCompared: [Metric]
  /// The weights after the step.
  package let weights: [NamedTensor]
  /// Whether the record has their digest. Hashing a large model can take a fifth of the time of a step with few tokens.
  package let hasDigest: Bool
  /// Why the stage ends after this step, before its last one; nil: it does not.
  package let stopped: String?

  package init(
    stage: String, step: Int, metrics: [Metric], notCompared: [Metric], weights: [NamedTensor], hasDigest: Bool = true,
    stopped: String? = nil
  ) {
    self.stage = stage
    self.step = step
    self.metrics = metrics
    self.notCompared = notCompared
    self.weights = weights
    self.hasDigest = hasDigest
    self.stopped = stopped
  }

  /// - Parameter seconds: what training on `tokens` tokens took.
  init(
    stage: String, step: Int, metrics: [Metric], tokens: Int, seconds: Double, weights: [NamedTensor],
    hasDigest: Bool = true, stopped: String? = nil
  ) {
    self.init(
      stage: stage, step: step, metrics: metrics,
      notCompared: [Metric("tokens_per_second", Float(Double(tokens) / seconds))], weights: weights,
      hasDigest: hasDigest, stopped: stopped)
  }
}

/// One episode of an evaluation, for people to read.
package struct SampleRecord: Sendable {
  package let set: String
  package let prompt: String
  package let answer: String
  package let reward: Float
  package let tokens: SampleTokens

  package init(set: String, prompt: String, answer: String, reward: Float, tokens: SampleTokens) {
    self.set = set
    self.prompt = prompt
    self.answer = answer
    self.reward = reward
    self.tokens = tokens
  }
}

/// What a fine-tuning stage records about each generated token of a sample; empty in pre-training.
package struct SampleTokens: Sendable {
  /// What each token has of the answer: the characters that begin in it.
  package var texts: [String] = []
  /// The rule's weight of the KL penalty.
  package var weights: [Float] = []
  /// Log-probability under the policy that wrote the token, and under the reference, at the sampling temperature.
  package var logp: [Float] = []
  package var referenceLogp: [Float] = []

  package init(texts: [String] = [], weights: [Float] = [], logp: [Float] = [], referenceLogp: [Float] = []) {
    self.texts = texts
    self.weights = weights
    self.logp = logp
    self.referenceLogp = referenceLogp
  }
}
