import SwerveText

/// The names that the steps of a stage log, some of them only at evaluations: what tells a misspelt name from one that has no
/// value yet.
package struct MetricNames: CustomStringConvertible {
  /// In the order of the record.
  package let known: [String]
  /// In front of the name of a mean that is not over all minibatches of its update: how many it is over.
  package static let minibatches = "minibatches/"
  /// Below these, as in "log/", stand names that only the script's hooks know.
  package let open: [String]

  package init(_ plan: PretrainPlan) {
    known = ["loss", "grad_norm", "lr", "tokens"] + Self.evaluated(plan.evaluation, plan.task)
    open = []
  }

  /// - Parameter lossParts: what the objective logs as loss/NAME; nil: that is known once it runs.
  package init(_ plan: FinetunePlan, lossParts: [String]?) {
    let parts = (lossParts ?? []).map { "loss/\($0)" }
    let estimates = KLEstimator.allCases.map { "kl/\($0.rawValue)" } + ["kl/full"]
    let quantiles = ["certainty", "weight"].flatMap { name in [1, 5, 10, 25, 50].map { "\(name)/q\($0)" } }
    let critical = plan.task.criticalGroups.map { "critical/train/\($0)" }
    let coefficients = ["kl", "vf", "entropy"] + plan.extraCoefficients.map(\.name)
    known =
      ["loss"] + parts + ["grad_norm", "return", "success/train", "length/train", "entropy", "ref_entropy"] + estimates
      + quantiles + critical + ["lr", "critic_lr", "temperature"] + coefficients.map { "coef/\($0)" }
      + Self.evaluated(plan.evaluation, plan.task)
    var open: [String] = []
    if lossParts == nil { open += ["loss/", Self.minibatches + "loss/"] }
    if plan.kl.rule != nil { open.append("rule/") }
    if plan.log != nil { open.append("log/") }
    self.open = open
  }

  private static func evaluated(_ plan: EvaluationPlan?, _ task: any Task) -> [String] {
    (plan?.sets ?? []).flatMap { set, _ in
      ["success/\(set.name)", "length/\(set.name)"] + task.criticalGroups.map { "critical/\(set.name)/\($0)" }
    }
  }

  /// Whether some step may log a metric of this name.
  package func mayHold(_ name: String) -> Bool {
    known.containsExactly(name) || open.contains { name.beginsExactly(with: $0) && name !== $0 }
  }

  /// "loss, grad_norm, log/..."
  package var description: String { (known + open.map { $0 + "..." }).joined(separator: ", ") }
}
