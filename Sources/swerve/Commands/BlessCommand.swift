import ArgumentParser
import SwerveFiles
import SwerveRuns
import SwerveText

struct BlessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bless",
    abstract: "Make a run the golden of its script.",
    discussion: """
      Writes golden/NAME.jsonl in the folder that the run's script belongs to. The tolerances of an older golden are kept.

      EXAMPLE
        swerve bless runs/quick-1-0a1b2c3d --reason "first golden"
      """)

  @Argument(help: ArgumentHelp("A run folder: complete, and not edited.", valueName: "run"), completion: .directory)
  var folder: String
  @Option(help: ArgumentHelp("Why the golden changes; kept in its header.", valueName: "text")) var reason: String
  @Option(
    help: ArgumentHelp(
      "The golden's name, for a script with several goldens: NAME.short, or FOLDER-NAME. (default: that of the script)",
      valueName: "name"))
  var name: String?
  @OptionGroup var output: OutputOptions

  func run() throws {
    let path = try GoldenTest.bless(folder, reason: reason, name: name, isCI: isCI)
    Console.write(
      output.json ? JSONValue.object([JSONMember("golden", .string(path))]).compact() + "\n" : "recorded \(path)\n")
    if !output.quiet && !output.json { Console.note("next: \(Shell.text(["swerve", "test", Shell.path(path)]))") }
  }
}
