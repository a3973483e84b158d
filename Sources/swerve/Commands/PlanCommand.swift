import ArgumentParser
import SwerveFiles
import SwerveReports
import SwerveRuns
import SwerveScript

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "What a script would do: stages, an estimate of tokens and time, every schedule drawn.",
    discussion: """
      Nothing is trained; the time comes from a short measurement of each stage's model on this machine. A schedule that needs \
      metrics of the run is drawn as far as it goes without. `swerve check` is faster and says what each stage is made of.

      EXAMPLE
        swerve plan examples/quick.lua
        swerve plan examples/addition.lua --set updates=40 --svg plan.svg
      """)

  @Argument(help: "The Lua file that describes the experiment.", completion: .luaFile) var script: String
  @OptionGroup var options: ScriptOptions
  @Option(help: ArgumentHelp("Also draw the schedules into this file.", valueName: "file"), completion: .file())
  var svg: String?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    Interruption.exitAtOnce()
    var settings = options.runSettings
    settings.threads = threads.threads
    let forecast = try PlanForecast(try LoadedScript.load(script, settings, output: Console.noteText))
    if let svg { try POSIXFile.writeAtomically(forecast.svg(), to: svg) }
    Console.write(output.json ? forecast.json.compact() + "\n" : forecast.text(width: Console.width))
    if let svg, !output.quiet && !output.json { Console.note("drawn: \(svg)") }
  }
}
