import SwerveRL

/// What a script would do: its stages, their likely costs, and every schedule over its steps.
package struct PlanForecast {
  package struct Stage {
    package let info: StageInfo
    /// Tokens that forward and backward passes read, over all steps.
    package let trained: Double
    /// Tokens that the policy generates to learn from.
    package let collected: Double
    /// Tokens that are generated in evaluations.
    package let evaluated: Double
    package let seconds: Double
    /// Tokens a second.
    package let trainingSpeed: Double
    /// Tokens a second; nil for a stage that samples nothing.
    package let samplingSpeed: Double?
    /// Whether a function may end it before its last step.
    package let mayStop: Bool

    package init(
      info: StageInfo, trained: Double, collected: Double, evaluated: Double, seconds: Double, trainingSpeed: Double,
      samplingSpeed: Double?, mayStop: Bool = false
    ) {
      self.mayStop = mayStop
      self.info = info
      self.trained = trained
      self.collected = collected
      self.evaluated = evaluated
      self.seconds = seconds
      self.trainingSpeed = trainingSpeed
      self.samplingSpeed = samplingSpeed
    }
  }

  /// The name of the experiment.
  package let name: String
  /// The path of its script.
  package let script: String
  package let seed: UInt64
  package let stages: [Stage]
  package let curves: [ScheduleCurve]
  /// What the estimate is based on.
  package let basis: String

  package init(
    name: String, script: String, seed: UInt64, stages: [Stage], curves: [ScheduleCurve], basis: String
  ) {
    self.name = name
    self.script = script
    self.seed = seed
    self.stages = stages
    self.curves = curves
    self.basis = basis
  }

  package var seconds: Double { stages.reduce(0) { $0 + $1.seconds } }
}
