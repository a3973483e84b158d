import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// What `swerve eval` does: models answer the same problems of a script's task, with the same random numbers.
package struct ModelEvaluation {
  /// The arguments of `swerve eval`.
  package struct Question {
    /// Runs, checkpoints or models of other tools, each once.
    package var models: [String]
    /// The stage whose task is asked; nil: the last one with a task.
    package var stage: String?
    /// Problem sets and numbers of problems, by name; empty: those of the stage's own evaluations.
    package var sets: [(name: String, problems: Int)]
    /// Answers to each problem.
    package var samples: Int
    /// nil: greedy.
    package var temperature: Float?

    package init(
      models: [String], stage: String?, sets: [(name: String, problems: Int)], samples: Int, temperature: Float?
    ) {
      self.models = models
      self.stage = stage
      self.sets = sets
      self.samples = samples
      self.temperature = temperature
    }
  }

  package struct Model {
    /// As it was given.
    package let name: String
    /// The digest of its files.
    package let sha256: String
    /// Of each set, in order.
    package let outcomes: [ProblemOutcomes]
  }

  package let stage: String
  package let task: String
  package let models: [Model]

  /// The most answers to the problems of one set, so that their texts stay in memory.
  package static let mostAnswers = 10_000_000

  /// - Throws: UsageError for a stage or a set that the script lacks, and for a model that does not fit the task; what
  ///   reading a model throws; ScriptError for a hook of the task.
  package init(_ script: LoadedScript, _ question: Question) throws {
    let stage = try Self.stage(script, question.stage)
    let sets = try Self.sets(stage, script, question)
    let pool = WorkerPool(threads: script.settings.threads)
    defer { pool.close() }
    let evaluation = TaskEvaluation(
      task: stage.task, stage: stage.name, sets: sets, samples: question.samples, temperature: question.temperature,
      seed: script.settings.seed, pool: pool)
    self.stage = stage.name
    task = stage.taskName
    let files = try ModelFiles.giving(
      base: script.settings.base, to: try question.models.map { try ModelFiles(ofRunOrModel: $0) },
      isUsed: script.usesBase)
    models = try zip(question.models, files).map { name, files in
      let loaded = try ModelLoading.model(files, mode: script.settings.math, pool: pool)
      try Self.requireFit(loaded, called: name, stage, sets.map(\.set))
      let outcomes = try withExtendedLifetime(script) { try evaluation.outcomes(of: loaded.model) }
      return Model(name: name, sha256: try files.digest(), outcomes: outcomes)
    }
  }

  private static func stage(_ script: LoadedScript, _ name: String?) throws -> any TaskStage {
    let stages = script.plan.stages.compactMap { $0 as? any TaskStage }
    guard let last = stages.last else {
      throw UsageError("\(script.project.script) has no stage with a task, so there are no problems to answer")
    }
    let found = try StageNames(stages.map(\.name), of: "the script", kind: "stage with a task").find(name)
    return stages.first { $0.name === found } ?? last
  }

  private static func sets(
    _ stage: any TaskStage, _ script: LoadedScript, _ question: Question
  ) throws -> [(set: ProblemSet, problems: Int)] {
    let known = stage.task.problemSets.map(\.name)
    let hint = "task '\(stage.taskName)' has \(stage.task.namesOfSets)"
    guard !question.sets.isEmpty || stage.evaluation != nil else {
      throw UsageError("stage '\(stage.name)' has no option 'eval', so --sets must name problem sets", hint: hint)
    }
    let sets = try question.sets.map { name, problems in
      guard known.containsExactly(name) else {
        throw UsageError("unknown problem set '\(name)' in --sets\(didYouMean(name, among: known))", hint: hint)
      }
      return (set: ProblemSet(name), problems: problems)
    }
    let chosen = sets.isEmpty ? (stage.evaluation?.sets ?? []).map { ($0.set, $0.episodes) } : sets
    for (set, problems) in chosen where problems > mostAnswers / question.samples {
      throw UsageError(
        "set '\(set.name)' would have \(problems) x \(question.samples) answers, more than \(mostAnswers)",
        hint: "ask fewer problems, or for fewer answers to each")
    }
    return chosen
  }

  /// Checks that a model reads and writes what the task does, and has room for it.
  private static func requireFit(
    _ loaded: LoadedModel, called name: String, _ stage: any TaskStage, _ sets: [ProblemSet]
  ) throws {
    try loaded.requireTokenizer(
      of: stage, called: name, hint: "give a model that was trained on this task, or another --stage")
    let context = loaded.model.configuration.context
    for set in sets {
      let longest = try stage.task.longestText(in: set)
      guard longest <= context else {
        throw UsageError(
          "a text of set \(set.name) may take \(longest) tokens, but the context of \(name) is \(context)",
          hint: stage.contextAdvice)
      }
    }
  }
}
