import ArgumentParser
import SwerveFiles
import SwerveReports
import SwerveText

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a page about some runs: results, curves over the seeds, samples, provenance.",
    discussion: """
      Runs that differ only in their seeds are one series; a run that was given twice, by whatever name, is counted once. \
      Stages and series are compared with each other, seed by seed over the seeds that both measured. The page has the command \
      that gives each run again. It needs no network; every chart has its numbers in a table.

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
    if !quiet { for note in report.notes { Console.note("note: \(note)") } }
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
      let object: JSONValue = [
        "files": .array(files.map { .string($0) }), "notes": .array(report.notes.map { .string($0) }),
      ]
      Console.write(object.compact() + "\n")
    } else {
      for file in files { Console.write("\(file)\n") }
    }
  }
}
