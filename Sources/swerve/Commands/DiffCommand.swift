import ArgumentParser
import SwerveFiles
import SwerveRecords
import SwerveReports
import SwerveRuns
import SwerveText

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two runs, golden files or checkpoints.",
    discussion: """
      Of two runs that differ, the status, the duration and the last values of success, reward and KL come first, side by side. \
      Then it names the first step and value that differ, both numbers with their bits, and their distance in ulps (units in the last \
      place); then the other metrics, what led there, the script's changes, samples and weights. Without bounds, the same bits \
      are asked for; a golden file's own tolerances count. Bounds for some metrics are given as GLOB=X. Each is enough by itself; \
      those of one glob count together. Of several globs that match a metric the first one counts, those of --abs before those of \
      --rel and --ulp; a bound without a glob comes last.

      With --locate both runs are computed again, up to the first step that differs, to name the first activation, gradient or \
      weight that is not the same.

      EXAMPLE
        swerve diff runs/quick-1-0a1b2c3d golden/quick.jsonl --only 'success/*'
        swerve diff runs/quick-1-0a1b2c3d runs/quick-1-4e5f6a7b --locate
        swerve diff a b --rel 'loss*=1e-5' --ulp 2
      """)

  @Argument(
    help: "A run folder, its name in runs/, a packed run, a golden file or a checkpoint (.safetensors).",
    completion: .file()) var a: String
  @Argument(help: "The other one.", completion: .file()) var b: String
  @Option(help: ArgumentHelp("Numbers at most this far apart are the same.", valueName: "[glob=]x")) var abs: [String] =
    []
  @Option(help: ArgumentHelp("The same, as a share of the larger one.", valueName: "[glob=]x")) var rel: [String] = []
  @Option(help: ArgumentHelp("The same, in units in the last place.", valueName: "[glob=]n")) var ulp: [String] = []
  @Option(help: ArgumentHelp("Compare only metrics whose names match, such as 'kl/*'.", valueName: "glob")) var only:
    String?
  @Flag(help: "List every metric and tensor that differs.") var all = false
  @Flag(help: "Compute both runs again to find the first tensor that differs.") var locate = false
  @OptionGroup var output: OutputOptions

  func validate() throws { _ = try bounds() }

  private func bounds() throws -> ToleranceTable {
    do {
      return try ToleranceTable(abs: abs, rel: rel, ulp: ulp)
    } catch let error as UsageError {
      throw ValidationError(error.message)
    }
  }

  func run() throws {
    if !Diff.areCheckpoints(a, b) { Interruption.cleanUpFirst() }
    let bounds = try bounds()
    var choices = Diff.Choices()
    choices.tolerances = bounds.entries.isEmpty ? nil : bounds
    choices.only = only.map { Glob($0) }
    choices.locates = locate
    choices.observers = Progress.observers(quiet: output.quiet) + [InterruptionObserver()]
    let diff = try Interruption.exiting { try Diff(a, b, choices) }
    if output.json {
      Console.write(diff.json.compact() + "\n")
    } else {
      if case .runs(let runs) = diff, !diff.isSame {
        let overview = RunOverview(runs.a, runs.b)
        let labels = (runs.report.a, runs.report.b)
        Console.write(overview.text(labels: labels, only: choices.only, showsAll: all) + "\n")
      }
      Console.write(diff.text(showsAll: all))
    }
    if !diff.isSame { throw ExitCode(1) }
  }
}
