import ArgumentParser
import SwerveRuns

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one run in full: what went in, where it ran, first and last metrics of each stage.",
    discussion: """
      EXAMPLE
        swerve show runs/quick-1-0a1b2c3d
        swerve show runs/addition-1-5e6f7a8b --svg success.svg --metric 'success/*'
      """)

  @Argument(help: ArgumentHelp("A run folder.", valueName: "run")) var folder: String
  @Option(help: ArgumentHelp("Also draw metrics over the steps into this file.", valueName: "file")) var svg: String?
  @Option(help: ArgumentHelp("The metrics to draw, as names with * and ?.", valueName: "glob")) var metric = "success/*"
  @OptionGroup var output: OutputOptions

  func run() throws {
    let run = try RunReader.read(folder)
    if let svg { try POSIXFile.writeAtomically(try RunChart(run, only: Glob(metric)).svg(), to: svg) }
    let summary = RunSummary(run)
    Console.write(output.json ? summary.json.compact() + "\n" : summary.text())
  }
}
