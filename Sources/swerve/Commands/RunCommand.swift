import ArgumentParser
import SwerveRuns
import SwerveTensor

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run an experiment and record it.",
    discussion: """
      The record goes to a new folder under runs/: what went in, every metric of every step with a hash chain, samples, \
      checkpoints, and the result. Ctrl-C ends the step, writes a checkpoint and exits with 130; a second one exits at once.

      EXAMPLE
        swerve run examples/quick.lua --set alpha=10 --seed 3
      """)

  @Argument(help: "The Lua file that describes the experiment.") var script: String
  @OptionGroup var options: ScriptOptions
  @Option(
    help: ArgumentHelp("The run folder to make; it must not exist. (default: RUNS/NAME-SEED-HASH)", valueName: "dir"))
  var out: String?
  @Option(help: ArgumentHelp("The folder that run folders are made in.", valueName: "folder"))
  var runs = "runs"
  @OptionGroup var threads: ThreadOptions
  @Option(help: "exact: the same bits on every machine. blas: OpenBLAS, the same bits on the same kind of machine.")
  var math: MathMode = .exact
  @OptionGroup var output: OutputOptions

  func run() throws {
    Interruption.finishStepFirst()
    var settings = options.runSettings
    settings.threads = threads.threads
    settings.math = math
    let script = try LoadedScript.load(script, settings, output: Console.noteText)
    var folder: RunFolder?
    let outcome: Runner.Outcome
    do {
      outcome = try Runner.run(
        script, out: out, runsFolder: runs, observers: Progress.observers(quiet: output.quiet),
        didCreate: { folder = $0 }, isCancelled: { Interruption.isRequested })
    } catch {
      let status = ErrorText(error).report(asJSON: output.json)
      // A run that failed before its first step left nothing behind.
      if let folder, POSIXFile.kind(folder.path) != nil {
        Console.note("  what was recorded until then is in \(folder.path)")
      }
      throw ExitCode(status)
    }
    try report(try RunReader.read(outcome.folder.path), outcome.result)
    if outcome.result.status == .interrupted { throw ExitCode(130) }
  }

  private func report(_ run: RecordedRun, _ result: RunResult) throws {
    let table = EvaluationTable(run)
    if output.json {
      let members: [JSONMember] = [
        JSONMember("run", .string(run.path)), JSONMember("name", .string(run.manifest.name)),
        JSONMember("seed", .integer(run.manifest.inputs.seed)), JSONMember("evaluations", table.json),
      ]
      Console.write(JSONValue.object(members + (result.json.members ?? [])).compact() + "\n")
      return
    }
    var text = table.text()
    if !text.isEmpty { text += "\n" }
    var rows = [
      ["run", run.path], ["status", "\(result.status.word), \(result.steps) steps"],
      ["weights", result.weightsSHA256 ?? "-"],
    ]
    for name in try POSIXFile.list(run.folder.checkpoints) {
      rows.append(["checkpoint", Path.join(run.folder.checkpoints, name)])
    }
    Console.write(text + TextTable.text(rows))
    if !output.quiet { Console.note(advice(run, result)) }
  }

  private func advice(_ run: RecordedRun, _ result: RunResult) -> String {
    var text = "next: swerve replay \(run.path)"
    if result.status == .complete { text += "\n      swerve bless \(run.path) --reason \"...\"" }
    return text
  }
}
