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
    var referencePath = question.reference ?? question.checkpoint
    var referenceBase: ModelFiles?
    if question.reference == nil, case .checkpoint(let path) = stage.source {
      referencePath = Path.fromWorkingFolder(try script.files(ofModel: path).path)
      referenceBase = script.base(ofModel: path)?.files
    }
    if Path.absolute(referencePath) === Path.absolute(question.checkpoint) { referencePath = question.checkpoint }
    let isOwnReference = referencePath === question.checkpoint
    // A base that the script found needs no other.
    let asked = isOwnReference || referenceBase != nil ? [question.checkpoint] : [question.checkpoint, referencePath]
    let files = try ModelFiles.giving(
      base: script.settings.base, to: try asked.map { try ModelFiles($0) }, isUsed: script.usesBase)
    func model(_ files: ModelFiles, called name: String, base: ModelFiles? = nil) throws -> Transformer {
      try Self.model(files, called: name, base: base, stage, script.settings.math, pool)
    }
    let policy = try model(files[0], called: question.checkpoint)
    let reference =
      isOwnReference
      ? policy
      : try model(files.count > 1 ? files[1] : ModelFiles(referencePath), called: referencePath, base: referenceBase)
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
    let found = try StageNames(stages.map(\.name), of: "the script", kind: "stage of fine-tuning").find(name)
    return stages.first { $0.name === found } ?? last
  }

  private static func model(
    _ files: ModelFiles, called name: String, base: ModelFiles? = nil, _ stage: any Stage, _ mode: MathMode,
    _ pool: WorkerPool
  ) throws -> Transformer {
    let loaded = try ModelLoading.model(files, checkpoint: nil, base: base, mode: mode, pool: pool)
    try loaded.requireTokenizer(of: stage, called: name)
    return loaded.model
  }
}
