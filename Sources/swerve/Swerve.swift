import ArgumentParser
import LuaRuntime
import SwerveRuns
import SwerveText

/// The program. It parses the command line, calls the modules below, prints, and turns errors into text and exit codes.
@main
struct Swerve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swerve",
    abstract: "Script the experiment in Lua; get the same bits everywhere.",
    discussion: """
      Fine-tunes small language models by reinforcement, as one Lua file says. Every run is recorded, can be replayed bit \
      for bit, and is compared with a golden file.

      EXAMPLE
        swerve run examples/quick.lua     train, record into runs/quick-1-...
        swerve replay runs/quick-1-*      compute it again: identical
        swerve test                       run every script that has a golden

      EXIT CODES
        0 done, no difference        1 a difference, or a golden test failed
        2 wrong usage                3 an error in the script
        4 a limit was reached        5 bad or missing data
        6 another process writes the run; nothing failed
        130 interrupted, with a checkpoint written first

      SIGNALS
        SIGINT (Ctrl-C), SIGTERM and SIGUSR1 end the step, write a checkpoint and exit with 130. A second SIGINT or
        SIGTERM exits at once, if it comes more than a second after the first.
      """,
    version: swerveVersion,
    subcommands: [
      RunCommand.self, ReplayCommand.self, DiffCommand.self, TestCommand.self, BlessCommand.self, ReviewCommand.self,
      CheckCommand.self, PlanCommand.self, RuleCommand.self, LuaCommand.self, NewCommand.self, SweepCommand.self,
      EvalCommand.self, ImportCommand.self, ExportCommand.self, GenerateCommand.self, ClassifyCommand.self,
      ReportCommand.self, WatchCommand.self, ListCommand.self, ShowCommand.self, PackCommand.self, DoctorCommand.self,
      BenchCommand.self,
    ])

  /// Runs on a thread with the stack that Lua's deepest calls need, whatever `ulimit -s` says.
  static func main() {
    Interruption.prepare()
    let status: Int32
    do {
      try Processor.requireInstructions()
      status = try withLargeStack(execute)
    } catch {
      status = ErrorText(error).report(asJSON: false)
    }
    Console.exit(status)
  }

  /// Refuses arguments that are not UTF-8. Swift replaces their invalid bytes, so an option's value or a file's name
  /// would change.
  private static func checkText() throws {
    for number in 0..<Int(CommandLine.argc) {
      if let argument = CommandLine.unsafeArgv[number], String(validatingCString: argument) == nil {
        throw ValidationError("argument \(number), \(String(cString: argument).debugDescription), is not UTF-8")
      }
    }
  }

  private static func execute() -> Int32 {
    let arguments = Array(CommandLine.arguments.dropFirst())
    // Scripts ask for it often, and the parser would look at every option of every command first.
    if arguments.count == 1, arguments[0] === "--version" {
      Console.write(swerveVersion + "\n")
      return 0
    }
    do {
      try checkText()
      var command = try parseAsRoot(arguments)
      try command.run()
      return 0
    } catch let status as ExitCode {
      return status.rawValue
    } catch {
      if exitCode(for: error).isSuccess {
        Console.write(fullMessage(for: error) + "\n")
        return 0
      }
      let known = error is OptionError ? nil : error as? any UserFacingError
      let error = known ?? usage(error, arguments)
      return ErrorText(error, arguments: arguments).report(asJSON: arguments.contains("--json"))
    }
  }

  /// The error for what the parser found wrong.
  private static func usage(_ error: any Error, _ arguments: [String]) -> UsageError {
    let known = configuration.subcommands.map { $0._commandName }
    guard let first = arguments.first(where: { !$0.beginsExactly(with: "-") }) else {
      return UsageError(message(for: error), hint: "`swerve --help` lists the commands")
    }
    guard known.containsExactly(first) else {
      return UsageError(
        "unknown command '\(first)'" + didYouMean(first, among: known), hint: "`swerve --help` lists the commands")
    }
    return UsageError(message(for: error), hint: "`swerve \(first) --help` shows its options and an example")
  }
}
