import SwerveText

/// What a stage is, before it runs.
package struct StageInfo: Sendable {
  package let name: String
  /// The kind of stage, such as "pretrain" or "finetune".
  package let kind: String
  package let steps: Int
  /// What is trained, as the task calls itself; nil in records of early runs.
  package let task: String?
  /// nil if the stage evaluates nothing, and in records of early runs.
  package let evaluation: EvaluationInfo?
  /// Which step gives the result; nil: the last one.
  package let best: BestMetric?

  package init(
    name: String, kind: String, steps: Int, task: String? = nil, evaluation: EvaluationInfo? = nil,
    best: BestMetric? = nil
  ) {
    self.name = name
    self.kind = kind
    self.steps = steps
    self.task = task
    self.evaluation = evaluation
    self.best = best
  }

  /// Whether the stage makes a base model for other stages. Where results are compared, those of other stages come
  /// first, and those of base models stand apart. A kind of a later version counts as one that is compared.
  package var makesBaseModel: Bool { Self.baseKinds.containsExactly(kind) }

  private static let baseKinds = [StageKind.pretrain]
}
