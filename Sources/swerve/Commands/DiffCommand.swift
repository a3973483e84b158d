import ArgumentParser
import SwerveRuns

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two runs or golden files, in any combination.",
    discussion: """
      Names the first step and value that differ, both numbers with their bits, and their distance in ulps (units in the last \
      place). Without bounds, the same bits are asked for; a golden file's own tolerances count.

      EXAMPLE
        swerve diff runs/quick-1-0a1b2c3d golden/quick.jsonl --only 'success/*'
      """)

  @Argument(help: "A run folder or a golden file.") var a: String
  @Argument(help: "The other one.") var b: String
  @Option(help: ArgumentHelp("Numbers at most this far apart are the same.", valueName: "x")) var abs: Double?
  @Option(help: ArgumentHelp("The same, as a share of the larger one.", valueName: "x")) var rel: Double?
  @Option(help: ArgumentHelp("The same, in units in the last place.", valueName: "n")) var ulp: Int?
  @Option(help: ArgumentHelp("Compare only metrics whose names match, such as 'kl/*'.", valueName: "glob")) var only:
    String?
  @OptionGroup var output: OutputOptions

  func validate() throws {
    for (name, bound) in [("abs", abs), ("rel", rel), ("ulp", ulp.map(Double.init))] {
      if let bound, !(bound >= 0 && bound.isFinite) {
        throw ValidationError("--\(name) must be a finite number from 0, got \(bound)")
      }
    }
  }

  func run() throws {
    let bounds = ToleranceTable.uniform(abs: abs, rel: rel, ulp: ulp)
    let (first, second) = (try ComparedRun.read(a), try ComparedRun.read(b))
    if let only, !first.hasMetric(Glob(only)), !second.hasMetric(Glob(only)) {
      throw ValidationError("--only '\(only)' matches no metric of either; `swerve show` lists them")
    }
    let report = Comparison.compare(
      first, second, tolerances: bounds.entries.isEmpty ? nil : bounds,
      only: only.map { Glob($0) })
    Console.write(output.json ? report.json.compact() + "\n" : report.text())
    if !report.isSame { throw ExitCode(1) }
  }
}
