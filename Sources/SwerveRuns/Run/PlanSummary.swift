import SwerveModel
import SwerveRL

/// What a script would run, for `swerve check`.
package struct PlanSummary {
  private let script: LoadedScript

  package init(_ script: LoadedScript) { self.script = script }

  package func text() -> String {
    let inputs = script.inputs
    var rows = [
      ["script", script.project.script], ["script sha256", inputs.scriptSHA256], ["seed", "\(inputs.seed)"],
      ["math", "\(inputs.math) \(inputs.mathVersion)"],
    ]
    rows += (inputs.options.members ?? []).map { ["option \($0.key)", $0.value.compact()] }
    rows += inputs.files.map { ["file \($0.path)", $0.sha256] }
    let head = ["STAGE", "KIND", "STEPS", "FROM", "MODEL", "TASK", "A STEP", "EVALUATION"]
    return TextTable.text(rows) + "\n" + TextTable.text([head] + stages.map(Self.row))
      + notes.map { "note: \($0)\n" }.joined()
  }

  package var json: JSONValue {
    [
      "script": .string(script.project.script), "inputs": script.inputs.json,
      "stages": .array(
        stages.map { stage, model in
          [
            "name": .string(stage.name), "kind": .string(stage.info.kind), "steps": .integer(stage.info.steps),
            "from": .string(Self.source(stage)), "model": Self.json(model), "task": .string(stage.task.name),
            "step": .string(Self.step(stage)),
            "evaluation": stage.evaluation.map { .string(Self.text($0)) } ?? .null,
          ]
        }),
      "notes": .array(notes.map { .string($0) }),
    ]
  }

  /// What is no mistake, but easily overlooked.
  private var notes: [String] { script.plan.stages.compactMap(Self.note) }

  private static func note(_ stage: StagePlan) -> String? {
    guard case .finetune(let plan) = stage, plan.episodes % plan.minibatch != 0 else { return nil }
    let whole = plan.episodes / plan.minibatch
    let rest = plan.episodes % plan.minibatch
    return
      "stage '\(plan.name)': minibatch = \(plan.minibatch) does not divide episodes = \(plan.episodes): after \(whole) of "
      + "\(plan.minibatch), the last minibatch of each epoch has \(rest), and it makes a whole step of the optimizer, too"
  }

  private var stages: [(StagePlan, ModelConfiguration)] {
    Array(zip(script.plan.stages, script.models.map(\.configuration)))
  }

  private static func row(_ stage: StagePlan, _ model: ModelConfiguration) -> [String] {
    [
      stage.name, stage.info.kind, "\(stage.info.steps)", source(stage), text(model), stage.task.name, step(stage),
      stage.evaluation.map(text) ?? "-",
    ]
  }

  private static func source(_ stage: StagePlan) -> String {
    switch stage.source {
    case .fresh: "new"
    case .stage(let name): "stage \(name)"
    case .checkpoint(let path): path
    }
  }

  private static func text(_ model: ModelConfiguration) -> String {
    "\(model.layers)x\(model.width), \(model.heads) heads, context \(model.context), \(model.positions.rawValue)"
  }

  private static func json(_ model: ModelConfiguration) -> JSONValue {
    [
      "layers": .integer(model.layers), "heads": .integer(model.heads), "width": .integer(model.width),
      "context": .integer(model.context), "vocabulary": .integer(model.vocabulary),
      "positions": .string(model.positions.rawValue),
    ]
  }

  private static func step(_ stage: StagePlan) -> String {
    switch stage {
    case .pretrain(let plan): return "\(plan.batch) texts"
    case .finetune(let plan):
      let kl = "\(plan.kl.estimator?.rawValue ?? "full") in the \(plan.kl.place.rawValue)"
      let epochs = plan.epochs == 1 ? "" : " x \(plan.epochs)"
      return
        "\(plan.episodes) episodes by \(plan.minibatch)\(epochs), KL \(kl)\(plan.kl.rule == nil ? "" : " with a rule")"
    }
  }

  private static func text(_ evaluation: EvaluationPlan) -> String {
    let sets = evaluation.sets.map { "\($0.set.name) \($0.episodes)" }.joined(separator: ", ")
    return "every \(evaluation.every): \(sets)\(evaluation.greedy ? ", greedy" : "")"
  }
}
