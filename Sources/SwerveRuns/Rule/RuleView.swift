import SwerveModel
import SwerveRL
import SwerveScript
import SwerveTensor
import SwerveText

/// What `swerve rule` does: let a checkpoint answer a prompt and show what a stage's rule says of each token.
package struct RuleView {
  /// What is asked.
  package struct Question {
    package var checkpoint: String
    /// The reference's checkpoint; nil: the file that the stage starts from, or `checkpoint` where that is another stage.
    package var reference: String?
    package var prompt: String
    package var answer: RuleInspection.Answer
    /// Nil: the last stage with a rule, else the last one of fine-tuning.
    package var stage: String?
    /// Nil: the stage's last.
    package var step: Int?

    package init(checkpoint: String, prompt: String, answer: RuleInspection.Answer) {
      self.checkpoint = checkpoint
      self.prompt = prompt
      self.answer = answer
    }
  }

  package let inspection: RuleInspection
  private let script: LoadedScript
  private let stage: StageInfo
  private let step: Int
  private let policy: String
  private let reference: String
  private let hasRule: Bool

  /// - Throws: RunError for stages, steps, prompts and checkpoints that do not fit; ScriptError of a hook.
  package init(_ script: LoadedScript, _ question: Question) throws {
    let stage = try Self.stage(script, question.stage)
    let step = question.step ?? stage.steps
    guard (1...stage.steps).contains(step) else {
      throw RunError.usage("--step must be in 1...\(stage.steps), the updates of stage \(stage.name), got \(step)")
    }
    let policy = try Self.model(question.checkpoint, stage, script.settings.math)
    var referencePath = question.reference ?? question.checkpoint
    if question.reference == nil, case .checkpoint(let path) = stage.source {
      referencePath = Path.fromWorkingFolder(script.place(ofCheckpoint: path))
    }
    if Project.absolute(referencePath) === Project.absolute(question.checkpoint) { referencePath = question.checkpoint }
    let reference =
      referencePath === question.checkpoint ? policy : try Self.model(referencePath, stage, script.settings.math)
    guard policy.configuration.vocabulary == reference.configuration.vocabulary else {
      throw RunError.usage("\(question.checkpoint) and \(referencePath) have different vocabularies")
    }
    let pool = WorkerPool(threads: script.settings.threads)
    defer { pool.close() }
    do {
      inspection = try withExtendedLifetime(script) {
        try stage.inspectRule(
          policy: policy, reference: reference, pool: pool, seed: script.settings.seed, prompt: question.prompt,
          answer: question.answer, step: step)
      }
    } catch let error as TaskError {
      throw RunError.usage("--prompt: \(error.description)")
    } catch let error as TokenizerError {
      throw RunError.usage("--prompt or --answer: \(error.description)")
    } catch let error as ModelError {
      throw RunError.usage(error.message)
    }
    (self.script, self.step, self.stage, hasRule) = (script, step, stage.info, stage.hasRule)
    (self.policy, self.reference) = (question.checkpoint, referencePath)
  }

  private static func stage(_ script: LoadedScript, _ name: String?) throws -> any RuleInspectable {
    let stages = script.plan.stages.compactMap { $0 as? any RuleInspectable }
    guard let last = stages.last else {
      throw RunError.usage("\(script.project.script) has no stage of fine-tuning, so it has no rule")
    }
    guard let name else { return stages.last { $0.hasRule } ?? last }
    guard let found = stages.first(where: { $0.name === name }) else {
      let known = stages.map(\.name)
      throw RunError.usage(
        "no stage of fine-tuning is named '\(name)'\(didYouMean(name, among: known)). "
          + "The script has \(known.joined(separator: ", "))")
    }
    return found
  }

  private static func model(_ path: String, _ stage: any Stage, _ mode: MathMode) throws -> Transformer {
    guard POSIXFile.kind(path) == .file else { throw RunError.checkpointMissing(path: path) }
    let loaded = try CheckpointLoading.model(path, mode: mode)
    guard loaded.alphabet === stage.alphabet else {
      throw RunError.usage(
        "\(path) writes the alphabet \(String(reflecting: loaded.alphabet)), but task \(stage.taskName) of stage \(stage.name) "
          + "writes \(String(reflecting: stage.alphabet))")
    }
    return loaded.model
  }

  // MARK: Text

  /// - Parameter paint: shades a token's text by its weight; nil without colours.
  package func text(paint: ((_ text: String, _ weight: Float) -> String)?) -> String {
    let numbers = inspection.coefficients.map { " \($0.name) \($0.value.map(ExactText.text) ?? "-")" }.joined()
    var rows = [
      [
        "stage", "\(stage.name), step \(step) of \(stage.steps)\(hasRule ? "" : ", without a rule: every weight is 1")",
      ],
      ["policy", policy], ["reference", reference], ["prompt", String(reflecting: inspection.prompt)],
      ["reward", ExactText.text(inspection.reward)],
    ]
    if !numbers.isEmpty { rows.insert(["rule", String(numbers.unicodeScalars.dropFirst())], at: 1) }
    if paint == nil { rows.append(["answer", String(reflecting: inspection.answer)]) }
    var text = TextTable.text(rows) + "\n"
    if let paint {
      text += inspection.tokens.map { paint($0.text, $0.weight) }.joined()
      text += text.endsExactly(with: "\n") ? "\n" : "\n\n"
      text += "weight " + [0, 0.25, 0.5, 0.75, 1].map { paint(" \(ExactText.text($0)) ", $0) }.joined() + "\n\n"
    }
    let head = ["AT", "TOKEN", "CERTAINTY", "WEIGHT", "", "POLICY", "REFERENCE", "CRITICAL"]
    let most = max(1, inspection.tokens.map(\.weight.magnitude).max() ?? 1)
    return text
      + TextTable.text(
        [head]
          + inspection.tokens.enumerated().map { index, token in
            [
              "\(index + 1)", String(reflecting: token.text), Self.short(token.certainty), Self.short(token.weight),
              Self.bar(token.weight.magnitude / most), Self.short(token.policy), Self.short(token.reference),
              token.isCritical ? "critical" : "",
            ]
          })
  }

  private static func short(_ value: Float) -> String { ShortNumber.text(Double(value), digits: 4) }

  /// Eight characters for 1.
  private static func bar(_ share: Float) -> String {
    let eighths = Int((share * 64).rounded())
    let last = eighths % 8 == 0 ? "" : String(Unicode.Scalar(UInt32(0x2590 - eighths % 8)) ?? " ")
    return String(repeating: "\u{2588}", count: eighths / 8) + last
  }

  package var json: JSONValue {
    [
      "script": .string(script.project.script), "stage": .string(stage.name), "step": .integer(step),
      "seed": .integer(script.settings.seed), "policy": .string(policy), "reference": .string(reference),
      "prompt": .string(inspection.prompt), "answer": .string(inspection.answer),
      "reward": .float(inspection.reward), "rule": StepLine.json(inspection.coefficients),
      "tokens": .array(
        inspection.tokens.map { token in
          [
            "text": .string(token.text), "certainty": .float(token.certainty), "weight": .float(token.weight),
            "policy": .float(token.policy), "reference": .float(token.reference), "critical": .bool(token.isCritical),
          ]
        }),
    ]
  }
}
