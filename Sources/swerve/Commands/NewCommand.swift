import ArgumentParser
import SwerveFiles
import SwerveRuns
import SwerveText

struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "A starter experiment: a folder with a script that runs, a rule with its test, editor support.",
    discussion: """
      Nothing is overwritten: the folder must not exist.

      EXAMPLE
        swerve new first
        cd first && swerve run first.lua
      """)

  @Argument(help: ArgumentHelp("The folder to make; its name is the experiment's.", valueName: "name")) var name: String
  @OptionGroup var output: OutputOptions

  func run() throws {
    let files = try Starter.create(name)
    if output.json {
      let members = [
        JSONMember("folder", .string(name)), JSONMember("files", .array(files.map { .string($0) })),
      ]
      Console.write(JSONValue.object(members).compact() + "\n")
      return
    }
    for file in files { Console.write("\(Path.join(name, file))\n") }
    if output.quiet { return }
    let run = Shell.text(["swerve", "run", Shell.path(files[0])])
    Console.note("next: \(Shell.text(["cd", Shell.path(name)])) && \(run)")
  }
}
