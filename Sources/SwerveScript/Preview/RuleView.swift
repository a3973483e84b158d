import SwerveRL

/// What a stage's rule returns for each token of a text.
package struct RuleView {
  package let inspection: RuleInspection
  /// The path of the script.
  package let script: String
  package let seed: UInt64
  package let stage: StageInfo
  package let step: Int
  /// Paths of the two checkpoints.
  package let policy: String
  package let reference: String
  /// Whether the stage has a rule; without one every weight is 1.
  package let hasRule: Bool

  package init(
    inspection: RuleInspection, script: String, seed: UInt64, stage: StageInfo, step: Int, policy: String,
    reference: String, hasRule: Bool
  ) {
    self.inspection = inspection
    self.script = script
    self.seed = seed
    self.stage = stage
    self.step = step
    self.policy = policy
    self.reference = reference
    self.hasRule = hasRule
  }
}
