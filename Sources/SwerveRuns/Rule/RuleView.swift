import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveScript
import SwerveTensor
import SwerveText

/// What `swerve rule` does: a checkpoint answers a prompt, and the weights of a stage's rule are shown for each token.
extension RuleView {
  /// The arguments of `swerve rule`.
  package struct Question {
    package var checkpoint: String
    /// The reference's checkpoint. nil: the file that the stage starts from; if it starts from another stage,
    /// `checkpoint`.
    package var reference: String?
    package var prompt: String
    package var answer: RuleInspection.Answer
    /// nil: the last stage with a rule, else the last stage of fine-tuning.
    package var stage: String?
    /// nil: the last step of the stage.
    package var step: Int?

    package init(checkpoint: String, prompt: String, answer: RuleInspection.Answer) {
      self.checkpoint = checkpoint
      self.prompt = prompt
      self.answer = answer
    }
  }

  /// - Throws: UsageError or CheckpointError for stages, steps, prompts and checkpoints that do not fit; ScriptError
  ///   for a hook.
  package init(_ script: LoadedScript, _ question: Question) throws {
    let stage = try Self.stage(script, question.stage)
    let step = question.step ?? stage.steps
    guard (1...stage.steps).contains(step) else {
      throw UsageError("--step must be in 1...\(stage.steps), the updates of stage \(stage.name), got \(step)")
    }
    let pool = WorkerPool(threads: script.settings.threads)
    defer { pool.close() }
    func model(_ path: String) throws -> Transformer { try Self.model(path, stage, script.settings.math, pool) }
    let policy = try model(question.checkpoint)
    var referencePath = question.reference ?? question.checkpoint
    if question.reference == nil, case .checkpoint(let path) = stage.source {
      referencePath = Path.fromWorkingFolder(try script.files(ofModel: path).path)
    }
    if Path.absolute(referencePath) === Path.absolute(question.checkpoint) { referencePath = question.checkpoint }
    let reference = referencePath === question.checkpoint ? policy : try model(referencePath)
    guard policy.configuration.vocabulary == reference.configuration.vocabulary else {
      throw UsageError("\(question.checkpoint) and \(referencePath) have different vocabularies")
    }
    do {
      let inspection = try withExtendedLifetime(script) {
        try stage.inspectRule(
          policy: policy, reference: reference, pool: pool, seed: script.settings.seed, prompt: question.prompt,
          answer: question.answer, step: step)
      }
      self.init(
        inspection: inspection, script: script.project.script, seed: script.settings.seed,
        stage: stage.info, step: step, policy: question.checkpoint, reference: referencePath,
        hasRule: stage.hasRule)
    } catch let error as TaskError {
      throw UsageError("--prompt: \(error.message)")
    } catch let error as TokenizerError {
      throw UsageError("--prompt or --answer: \(error.message)", hint: error.hint)
    } catch let error as TextTooLong {
      throw UsageError(error.message, hint: error.hint)
    } catch let error as ModelError {
      throw UsageError(error.message)
    }
  }

  private static func stage(_ script: LoadedScript, _ name: String?) throws -> any RuleInspectable {
    let stages = script.plan.stages.compactMap { $0 as? any RuleInspectable }
    guard let last = stages.last else {
      throw UsageError("\(script.project.script) has no stage of fine-tuning, so it has no rule")
    }
    guard let name else { return stages.last { $0.hasRule } ?? last }
    guard let found = stages.first(where: { $0.name === name }) else {
      let known = stages.map(\.name)
      throw UsageError(
        "no stage of fine-tuning is named '\(name)'\(didYouMean(name, among: known))",
        hint: "the script has \(known.joined(separator: ", "))")
    }
    return found
  }

  private static func model(
    _ path: String, _ stage: any Stage, _ mode: MathMode, _ pool: WorkerPool
  ) throws -> Transformer {
    let loaded = try ModelLoading.model(ModelFiles(path), mode: mode, pool: pool)
    try loaded.requireTokenizer(of: stage, called: path)
    return loaded.model
  }
}
