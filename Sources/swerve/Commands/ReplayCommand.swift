import ArgumentParser
import SwerveFiles
import SwerveRuns
import SwerveText

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Compute a recorded run again and stop at the first difference.",
    discussion: """
      Runs the copies of the script that the run folder holds, with the recorded options and seed, and compares every metric \
      and the digest of all weights at every step; then every file of the folder with its digest. Nothing is written. A packed \
      run is unpacked into a temporary folder, which is removed.

      Where a step differs although the record is intact, it is computed a second time, and what may have led there is said: \
      another math version, another machine, or the first weight of the next recorded checkpoint that is not the same. `swerve \
      diff --locate` finds the first tensor in which two runs differ.

      EXAMPLE
        swerve replay runs/quick-1-0a1b2c3d
        swerve replay quick.tar
        swerve replay runs/quick-1-0a1b2c3d --from 10 --stage prioritized
      """)

  @Argument(
    help: ArgumentHelp("A run folder, its name in runs/ or a packed run.", valueName: "run"), completion: .file())
  var name: String
  @Option(
    help: ArgumentHelp(
      "Verify this step and all that follow, from the last checkpoint before it (`run --keep-checkpoints` keeps them).",
      valueName: "step")) var from: Int?
  @Option(help: ArgumentHelp("The stage of that step, where several have one.", valueName: "name")) var stage: String?
  @OptionGroup var time: TimeOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let from, from < 1 { throw ValidationError("--from must be at least 1, got \(from)") }
    if stage != nil && from == nil { throw ValidationError("--stage goes with --from") }
  }

  func run() throws {
    Interruption.cleanUpFirst()
    let outcome = try Interruption.exiting {
      try RunSource.withFolder(name) { folder in
        try Replay.run(
          folder, threads: threads.threads, seconds: time.seconds,
          from: from.map { Replay.From(stage: stage, step: $0) },
          observers: Progress.observers(quiet: output.quiet) + [InterruptionObserver()], output: Console.noteText)
      }
    }
    if output.json {
      let members: [JSONMember] = [
        JSONMember("run", .string(name)), JSONMember("identical", true), JSONMember("steps", .integer(outcome.steps)),
        JSONMember("weights_sha256", outcome.weightsSHA256.map { .string($0) } ?? .null),
      ]
      Console.write(JSONValue.object(members).compact() + "\n")
    } else {
      let start = outcome.start.map { start in
        start.step == 0
          ? ", from the beginning of stage \(start.stage)"
          : ", from the checkpoint after step \(start.step) of \(start.stage)"
      }
      Console.write("replayed \(outcome.steps) steps\(start ?? ""): identical\n")
    }
  }
}
