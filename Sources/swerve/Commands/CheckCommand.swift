import ArgumentParser
import SwerveFiles
import SwerveRuns

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Load and check a script without running it; print the plan.",
    discussion: """
      Finds what can be found without training: syntax, unknown options, wrong types and ranges, checkpoints that are missing \
      or damaged, texts that are too long for the context.

      EXAMPLE
        swerve check examples/quick.lua --set alpha=10
      """)

  @Argument(help: "The Lua file that describes the experiment.") var script: String
  @OptionGroup var options: ScriptOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let script = try LoadedScript.load(script, options.runSettings, output: Console.noteText)
    let plan = PlanSummary(script)
    Console.write(output.json ? plan.json.compact() + "\n" : plan.text())
  }
}
