import ArgumentParser
import SwerveRuns

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Compute a recorded run again and stop at the first difference.",
    discussion: """
      Runs the copies of the script that the run folder holds, with the recorded options and seed, and compares every metric \
      and the digest of all weights at every step. Nothing is written.

      EXAMPLE
        swerve replay runs/quick-1-0a1b2c3d
      """)

  @Argument(help: ArgumentHelp("A run folder.", valueName: "run")) var folder: String
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    Interruption.exitAtOnce()
    let outcome = try Replay.run(
      folder, threads: threads.threads, observers: Progress.observers(quiet: output.quiet), output: Console.noteText)
    if output.json {
      let members: [JSONMember] = [
        JSONMember("run", .string(folder)), JSONMember("identical", true), JSONMember("steps", .integer(outcome.steps)),
        JSONMember("weights_sha256", outcome.weightsSHA256.map { .string($0) } ?? .null),
      ]
      Console.write(JSONValue.object(members).compact() + "\n")
    } else {
      Console.write("replayed \(outcome.steps) steps: identical\n")
    }
  }
}
