import ArgumentParser
import SwerveFiles
import SwerveReports
import SwerveText

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the runs in a folder.",
    discussion: """
      Names are options (alpha), metrics of the last step (loss, success/plus1), metrics of a stage's last step \
      (uniform:success/plus1), or one of \(RunField.facts.joined(separator: ", ")). option.NAME and metric.NAME say which one \
      is meant, and a name alone the option where any run has it; `a name` between backquotes may have any characters. A \
      comparison with something that a run does not have is false.

      EXAMPLE
        swerve list
        swerve list other-runs --json
        swerve list --where 'alpha > 10 and task = "addition"'
        swerve list --where 'alpha > 10 and not (status = "failed")' --sort -success/plus1
        swerve list --where 'seed <= 5' --columns 'seed,alpha,success/*' --csv > table.csv
      """)

  @Argument(help: "A folder of run folders. (default: runs)", completion: .directory) var folder: String?
  @Option(
    name: .customLong("where"),
    help: ArgumentHelp("Only these runs: = != < <= > >=, and, or, not, parentheses.", valueName: "condition"))
  var condition: String?
  @Option(help: ArgumentHelp("Show these values; names may have the wildcards * and ?.", valueName: "a,b,..."))
  var columns: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Sort by this value, a minus in front for the largest first.", valueName: "name"))
  var sort: String?
  @Flag(help: "Print comma-separated values, the columns or everything that the runs have.") var csv = false
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if csv && output.json { throw ValidationError("--csv and --json are two forms of the same; give one") }
  }

  func run() throws {
    let place = folder ?? "runs"
    let condition = try condition.map { try RunCondition($0) }
    // Before the first run, the default folder does not exist yet.
    let all = folder == nil && POSIXFile.kind(place) == nil ? [] : try RunList.scan(place)
    var rows = try condition?.filter(all) ?? all
    if let sort { rows = try RunTable.sorted(rows, by: sort) }
    if rows.isEmpty && !output.json && !csv {
      let none = all.isEmpty ? "there are no runs in \(place); `swerve run SCRIPT` makes one" : nil
      if !output.quiet { Console.note(none ?? "none of the \(all.count) runs in \(place) matches --where") }
      return
    }
    try write(rows)
  }

  private func write(_ rows: [RunRow]) throws {
    let names = columns?.pieces(at: ",").map { String($0.unicodeScalars.drop(while: \.properties.isWhitespace)) }
    guard csv || names != nil else {
      return Console.write(output.json ? RunList.json(rows).compact() + "\n" : RunList.text(rows))
    }
    let table = try RunTable(rows, columns: names)
    Console.write(csv ? table.csv() : output.json ? table.json.compact() + "\n" : table.text())
  }
}
