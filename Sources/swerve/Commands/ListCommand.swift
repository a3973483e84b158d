import ArgumentParser
import SwerveRuns

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the runs in a folder.",
    discussion: """
      EXAMPLE
        swerve list
        swerve list other-runs --json
      """)

  @Argument(help: "A folder of run folders. (default: runs)") var folder: String?
  @OptionGroup var output: OutputOptions

  func run() throws {
    let place = folder ?? "runs"
    // Before the first run, the default folder is not there yet.
    let rows = folder == nil && POSIXFile.kind(place) == nil ? [] : try RunList.scan(place)
    if rows.isEmpty && !output.json {
      if !output.quiet { Console.note("there are no runs in \(place); `swerve run SCRIPT` makes one") }
      return
    }
    Console.write(output.json ? RunList.json(rows).compact() + "\n" : RunList.text(rows))
  }
}
