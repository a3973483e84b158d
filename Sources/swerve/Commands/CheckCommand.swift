import ArgumentParser
import SwerveFiles
import SwerveRuns

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Load and check a script without running it; print the plan.",
    discussion: """
      Finds what can be found without training: syntax, unknown options, wrong types and ranges, checkpoints that are missing \
      or damaged, texts that are too long for the context. Then every function of the script is called once, under the limits \
      of a run, on the first problem of each set and a tiny made-up batch: what it returns must be what training needs. \
      Memory and disk are estimates from the sizes of models and texts. How many problems of an evaluation also occur in \
      training is counted by their prompts.

      EXAMPLE
        swerve check examples/quick.lua --set alpha=10
      """)

  @Argument(help: "The Lua file that describes the experiment.", completion: .luaFile) var script: String
  @Flag(name: .customLong("no-hooks"), help: "Call no function of the script; memory is then not estimated.")
  var leavesOutHooks = false
  @OptionGroup var options: ScriptOptions
  @OptionGroup var base: BaseOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    var settings = options.runSettings
    settings.threads = threads.threads
    settings.base = base.base
    let script = try LoadedScript.load(script, settings, output: Console.noteText)
    try script.requireUseOfBase()
    if !leavesOutHooks { try script.tryHooks() }
    let overlaps = leavesOutHooks ? [] : try script.overlaps()
    let plan = PlanSummary(script, try SizeForecast(script, callsHooks: !leavesOutHooks), overlaps: overlaps)
    Console.write(output.json ? plan.json.compact() + "\n" : plan.text())
  }
}
