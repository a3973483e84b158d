import ArgumentParser
import SwerveRuns

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one run in full: what went in, where it ran, first and last metrics of each stage.",
    discussion: """
      EXAMPLE
        swerve show runs/quick-1-0a1b2c3d
      """)

  @Argument(help: ArgumentHelp("A run folder.", valueName: "run")) var folder: String
  @OptionGroup var output: OutputOptions

  func run() throws {
    let summary = RunSummary(try RunReader.read(folder))
    Console.write(output.json ? summary.json.compact() + "\n" : summary.text())
  }
}
