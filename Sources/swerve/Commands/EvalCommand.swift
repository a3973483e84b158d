import ArgumentParser
import SwerveFiles
import SwerveReports
import SwerveRuns
import SwerveScript
import SwerveText

struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Let models answer problems of a script's task: rates, intervals, and paired differences.",
    discussion: """
      Nothing is trained. Problems and random numbers are those of the evaluations that a run of the script makes with this \
      seed, so every model meets the same ones, and several models are compared with the first, problem by problem. Any \
      number of threads gives the same numbers. Of a run, the result of its last stage is asked.

      With several answers to each problem, pass@K is the probability that at least one of K answers is right, by the \
      unbiased estimator of arXiv 2107.03374; success is pass@1. P is McNemar's exact test, where each problem is simply \
      right or wrong.

      EXAMPLE
        swerve eval runs/quick-1-0a1b2c3d --task examples/quick.lua --sets comfort=5000,plus1=500
        swerve eval before.safetensors after.safetensors --task examples/addition.lua
        swerve eval runs/words-* --task examples/words.lua --temperature 1 --samples-per-problem 20 --k 1,5,10
      """)

  @Argument(
    help: "Runs, checkpoints, .gguf files or Hugging Face folders; the others are compared with the first.",
    completion: .file())
  var models: [String]
  @Option(
    help: ArgumentHelp("The Lua file with the task.", valueName: "script"), completion: .luaFile)
  var task: String
  @Option(
    help: ArgumentHelp("The stage of the script whose task is asked. (default: the last one)", valueName: "name"))
  var stage: String?
  @Option(
    help: ArgumentHelp(
      "Problem sets and how many problems of each; may be repeated. (default: those of the stage's option 'eval')",
      valueName: "name=n,..."))
  var sets: [String] = []
  @Option(
    help: ArgumentHelp(
      "Draw tokens at this temperature. (default: take the most probable token each time)", valueName: "t"))
  var temperature: Float?
  @Option(help: ArgumentHelp("Answers to each problem.", valueName: "n")) var samplesPerProblem = 1
  @Option(
    help: ArgumentHelp(
      "Estimate pass@K for each K, at most the answers to a problem. (default: all of them)", valueName: "k1,k2"))
  var k: String?
  @OptionGroup var base: BaseOptions
  @OptionGroup var options: ScriptOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  /// Of one set.
  private static let mostProblems = 1_000_000

  func validate() throws {
    if let temperature, !(temperature > 0 && temperature <= 1000) {
      throw ValidationError("--temperature must be above 0 and at most 1000, got \(temperature)")
    }
    guard (1...10_000).contains(samplesPerProblem) else {
      throw ValidationError("--samples-per-problem must be in 1...10000, got \(samplesPerProblem)")
    }
    if samplesPerProblem > 1 && temperature == nil {
      throw ValidationError(
        "--samples-per-problem \(samplesPerProblem) needs --temperature: greedy answers to one problem are all the same"
      )
    }
    if let twice = models.firstRepetition {
      throw ValidationError("\(models[twice.first]) is given twice")
    }
    _ = try (problemSets(), passes())
  }

  /// - Throws: ValidationError.
  private func problemSets() throws -> [(name: String, problems: Int)] {
    let parts = sets.flatMap { $0.pieces(at: ",", omittingEmpty: false) }
    let chosen = try parts.map { part in
      let words = part.pieces(at: "=", omittingEmpty: false)
      guard words.count == 2, !words[0].isEmpty, let problems = Int(words[1]),
        (1...Self.mostProblems).contains(problems)
      else {
        throw ValidationError(
          "--sets needs NAME=NUMBER, separated by commas, with numbers in 1...\(Self.mostProblems), got \"\(part)\"")
      }
      return (name: words[0], problems: problems)
    }
    if let twice = chosen.map(\.name).firstRepetition {
      throw ValidationError("--sets names \(chosen[twice.first].name) twice: give it once")
    }
    return chosen
  }

  /// - Throws: ValidationError.
  private func passes() throws -> [Int] {
    guard let k else { return [samplesPerProblem] }
    return try k.pieces(at: ",", omittingEmpty: false).map { part in
      guard let count = Int(part), (1...samplesPerProblem).contains(count) else {
        throw ValidationError(
          "--k needs whole numbers, separated by commas, from 1 to --samples-per-problem (\(samplesPerProblem)), got "
            + "\"\(part)\"")
      }
      return count
    }
  }

  func run() throws {
    Interruption.exitAtOnce()
    let script = try load()
    let evaluation = try ModelEvaluation(
      script,
      ModelEvaluation.Question(
        models: models, stage: stage, sets: try problemSets(), samples: samplesPerProblem, temperature: temperature))
    let subject = EvaluationReport.Subject(
      script: script.project.script, stage: evaluation.stage, task: evaluation.task, seed: options.seed,
      temperature: temperature, samples: samplesPerProblem)
    let k = try passes()
    let report = EvaluationReport(
      subject,
      evaluation.models.map {
        EvaluationReport.Model(name: $0.name, sha256: $0.sha256, outcomes: $0.outcomes, k: k)
      })
    Console.write(output.json ? report.json.compact() + "\n" : report.text())
  }

  private func load() throws -> LoadedScript {
    var settings = options.runSettings
    settings.threads = threads.threads
    settings.base = base.base
    do {
      return try LoadedScript.load(task, settings, output: Console.noteText)
    } catch var error as ScriptError where error.kind == .usage {
      // Elsewhere, too, --set is for the options that a script declares.
      let hints = [error.hint, "problem sets are given by --sets NAME=NUMBER"].compactMap(\.self)
      error.hint = hints.joined(separator: "; ")
      throw error
    }
  }
}
