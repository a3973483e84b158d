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

      A series is named by its label on the page, or by a part of it: a stage, a script, or an option with its value. A name \
      that stands for several series pairs those that have all else in common: with --baseline uniform, 'alpha=5 prioritized' is \
      compared with 'alpha=5 uniform'.

      EXAMPLE
        swerve report runs/quick-1-0a1b2c3d -o quick.html
        swerve report runs/sweep-quick-0a1b2c3d -o sweep.html --charts pictures --tables tables
        swerve report runs -o kl.html --baseline uniform --metric success/plus1 --metric 'kl/*'
        swerve report sweep -o alpha.html --group-by alpha --pairs alpha=20:alpha=0,alpha=5:alpha=0
      """)

  @Argument(help: "Run folders, or folders of them, such as a sweep's.", completion: .directory) var runs: [String]
  @Option(name: .shortAndLong, help: ArgumentHelp("The page to write.", valueName: "file.html"), completion: .file())
  var output: String
  @Option(help: ArgumentHelp("Compare every other series with this one. (default: the first)", valueName: "name"))
  var baseline: String?
  @Option(
    help: ArgumentHelp(
      "What main figures and tables are about, as names with * and ?; repeatable. (default: success in evaluations)",
      valueName: "name"))
  var metric: [String] = []
  @Option(
    help: ArgumentHelp(
      "Runs with the same value of this option, or of script or stage, are one series. (default: all but the seed)",
      valueName: "key"))
  var groupBy: String?
  @Option(
    help: ArgumentHelp("Compare these pairs, A minus B each, or all; repeatable.", valueName: "all|a:b,..."))
  var pairs: [String] = []
  @Option(
    help: ArgumentHelp(
      "Draw the mean of so many values around each; 1: none. (default: by the length of a training curve)",
      valueName: "n"))
  var smooth: Int?
  @Option(
    help: ArgumentHelp("Also write each chart as an SVG file into this folder.", valueName: "folder"),
    completion: .directory)
  var charts: String?
  @Option(
    help: ArgumentHelp("Also write each table as CSV and as LaTeX into this folder.", valueName: "folder"),
    completion: .directory)
  var tables: String?
  @Flag(help: "Print results as JSON for machines, errors too.")
  var json = false
  @Flag(name: .shortAndLong, help: "Print no progress and no advice, only results.")
  var quiet = false

  func validate() throws {
    if let smooth, smooth < 1 { throw ValidationError("--smooth must be at least 1, got \(smooth)") }
  }

  func run() throws {
    var question = ReportQuestion()
    question.baseline = baseline
    question.metrics = metric
    question.grouping = groupBy
    question.pairs = pairs
    question.smoothing = smooth
    let report = try Report(runs, question)
    if !quiet { for note in report.notes { Console.note("note: \(note)") } }
    try POSIXFile.writeAtomically(try report.html(), to: output)
    var files = [output]
    func write(_ texts: [(name: String, text: String)], into folder: String) throws {
      try POSIXFile.makeFolders(folder)
      for (name, text) in texts {
        try POSIXFile.writeAtomically(text, to: Path.join(folder, name))
        files.append(Path.join(folder, name))
      }
    }
    if let charts { try write(report.charts.map { ($0.name, $0.svg) }, into: charts) }
    if let tables { try write(report.tables, into: tables) }
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
