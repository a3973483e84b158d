import ArgumentParser
import SwerveRuns

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a page about some runs: results, curves over the seeds, samples, provenance.",
    discussion: """
      Runs of the same options are seeds of one series; stages and options are compared with each other, seed by seed where \
      the seeds are the same. The page needs no network; every chart has its numbers in a table.

      EXAMPLE
        swerve report runs/quick-1-0a1b2c3d -o quick.html
        swerve report runs/sweep-quick-0a1b2c3d -o sweep.html --charts pictures
      """)

  @Argument(help: "Run folders, or folders of them, such as a sweep's.") var runs: [String]
  @Option(name: .shortAndLong, help: ArgumentHelp("The page to write.", valueName: "file.html")) var output: String
  @Option(help: ArgumentHelp("Also write each chart as an SVG file into this folder.", valueName: "folder"))
  var charts: String?
  @Flag(help: "Print results as JSON for machines, errors too.")
  var json = false
  @Flag(name: .shortAndLong, help: "Print no progress and no advice, only results.")
  var quiet = false

  func run() throws {
    let report = try Report(runs)
    try POSIXFile.writeAtomically(try report.html(), to: output)
    var files = [output]
    if let charts {
      try POSIXFile.makeFolders(charts)
      for (name, svg) in report.charts {
        try POSIXFile.writeAtomically(svg, to: Path.join(charts, name))
        files.append(Path.join(charts, name))
      }
    }
    if json {
      Console.write(JSONValue.object([JSONMember("files", .array(files.map { .string($0) }))]).compact() + "\n")
    } else {
      for file in files { Console.write("\(file)\n") }
    }
  }
}
