import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveScript
import SwerveText

/// Everything that decides the bits of a pre-training stage, as JSON: two stages with equal facts compute the same.
///
/// A task or a schedule that a script defines is known by the script's text, options and limits; a built-in task by its
/// settings, and a schedule that needs no metrics by its value at every step. So the stage stays the same stage when only
/// the options of a later one change.
struct StageKey: Equatable {
  static let format = 1
  let facts: JSONValue

  /// Short enough for a file name, long enough to be unique.
  var name: String { Digest.of(facts.compact()).leading(32) }

  /// - Parameter source: digest of the weights that the stage starts from, nil for new ones.
  init(_ plan: PretrainPlan, _ script: LoadedScript, source: String?) {
    let place = script.plan.stages.firstIndex { $0.name === plan.name } ?? 0
    // A schedule that fails will do so in training, where it is reported.
    let curve = try? script.experiment.curve(stage: plan.name, option: "lr")
    // A curve of more steps than it has points says too little.
    let isCurve = curve.map { $0.asked.isEmpty && $0.points.count == plan.steps } ?? false
    let task = plan.task.settings
    var members: [JSONMember] = [
      JSONMember("swerve_stage_key", .integer(Self.format)), JSONMember("swerve", .string(swerveVersion)),
      JSONMember("math", .string(script.inputs.math)), JSONMember("math_version", .integer(script.inputs.mathVersion)),
      JSONMember("seed", .integer(plan.seed ?? script.settings.seed)), JSONMember("stage", .string(plan.name)),
      JSONMember("source", source.map { .string($0) } ?? .null),
      JSONMember("model", Self.json(script.models[place])), JSONMember("task", task.map { .string($0) } ?? .null),
      JSONMember("steps", .integer(plan.steps)), JSONMember("batch", .integer(plan.batch)),
      JSONMember("optimizer", Self.json(plan.optimizer)),
      JSONMember("random_positions", .bool(plan.randomPositions)),
      JSONMember("evaluation", plan.evaluation.map { Self.json($0) } ?? .null),
    ]
    if isCurve, let curve {
      let bits = curve.points.map { ExactText.bits($0.value) }.joined(separator: " ")
      members.append(JSONMember("lr", .string(Digest.of(bits))))
    }
    if !isCurve || task == nil {
      let inputs = script.inputs
      members += [
        JSONMember("script", .string(inputs.scriptSHA256)),
        JSONMember(
          "files",
          .array(inputs.files.map { ["path": .string($0.path), "sha256": .string($0.sha256)] })),
        JSONMember("options", inputs.options), JSONMember("limits", inputs.limits),
        // A script may ask for the run's seed, whatever the stage's is.
        JSONMember("run_seed", .integer(inputs.seed)),
      ]
    }
    facts = .object(members)
  }

  private static func json(_ model: PlanCheck.StageModel) -> JSONValue {
    .object(
      CheckpointMetadata.make(model.configuration, alphabet: model.alphabet).map {
        JSONMember($0.key, .string($0.value))
      })
  }

  private static func json(_ options: AdamW.Options) -> JSONValue {
    [
      "beta1": .float(options.beta1), "beta2": .float(options.beta2), "epsilon": .float(options.epsilon),
      "decay": .float(options.decay), "max_grad_norm": .float(options.clip),
    ]
  }

  private static func json(_ plan: EvaluationPlan) -> JSONValue {
    [
      "every": .integer(plan.every), "greedy": .bool(plan.greedy),
      "temperature": plan.temperature.map { .float($0) } ?? .null, "samples": .integer(plan.samples),
      "sets": .array(plan.sets.map { ["name": .string($0.set.name), "episodes": .integer($0.episodes)] }),
    ]
  }
}
