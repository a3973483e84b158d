import ArgumentParser
import SwerveFiles
import SwerveRuns
import SwerveText

struct ReviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Decide about results that differ from their golden files.",
    discussion: """
      `swerve test` leaves what it computed instead in NAME.new.jsonl (of a transcript: NAME.new.txt). On a terminal, review \
      shows each difference and asks: accept with a reason, which goes into the golden's header, reject, or skip. Without \
      a terminal, --list shows what is pending, and --accept and --reject take names, in which * stands for anything.

      EXAMPLE
        swerve review
        swerve review --list
        swerve review --accept quick 'cli/*' --reason "a larger batch"
        swerve review --reject addition
      """)

  @Argument(
    help: "The folder with the golden files, or the one that holds its `golden` folder.", completion: .directory)
  var folder = "."
  @Flag(help: "Show every pending change and its difference.") var list = false
  @Option(parsing: .upToNextOption, help: ArgumentHelp("Make these the goldens; needs --reason.", valueName: "name"))
  var accept: [String] = []
  @Option(parsing: .upToNextOption, help: ArgumentHelp("Remove these changes.", valueName: "name"))
  var reject: [String] = []
  @Option(help: ArgumentHelp("Why; kept in the golden's header, for a transcript in REASONS.", valueName: "text"))
  var reason: String?
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if !accept.isEmpty && (reason ?? "").isBlank {
      throw ValidationError("--accept needs --reason TEXT")
    }
    if accept.isEmpty && reason != nil { throw ValidationError("--reason needs --accept NAME") }
    if list && !(accept.isEmpty && reject.isEmpty) { throw ValidationError("--list goes with no other decision") }
  }

  func run() throws {
    guard POSIXFile.kind(folder) == .folder else {
      throw CLIError(
        message: "there is no folder \(folder)", hint: "give the folder that holds the golden files")
    }
    let changes = try PendingChange.find(folder)
    if !accept.isEmpty || !reject.isEmpty { return try decide(changes) }
    if list || changes.isEmpty { return show(changes) }
    guard Console.inputIsTerminal else {
      throw ValidationError("there is no terminal to ask on: give --list, --accept NAME, or --reject NAME")
    }
    Interruption.exitAtOnce()
    let session = ReviewSession(changes, isCI: isCI, show: Console.write) { question in
      Console.noteText(question)
      return Console.readLine()
    }
    let tally = try session.run()
    Console.write("\n\(tally.accepted) accepted, \(tally.rejected) rejected, \(tally.skipped) skipped\n")
    if tally.accepted > 0 && !output.quiet { Console.note("next: swerve test, then commit the golden files") }
  }

  /// Throws before any decision if a name matches no change, or if a change is both accepted and rejected.
  private func decide(_ changes: [PendingChange]) throws {
    let accepted = try PendingChange.chosen(accept, from: changes)
    let rejected = try PendingChange.chosen(reject, from: changes)
    if let both = accepted.first(where: { change in rejected.contains { $0.path === change.path } }) {
      throw ValidationError("\(both.name) is both accepted and rejected")
    }
    for change in accepted {
      try change.accept(reason: reason ?? "", isCI: isCI)
      report("accepted", change, change.replaces)
    }
    for change in rejected {
      try change.reject(isCI: isCI)
      report("rejected", change, change.path)
    }
  }

  private func report(_ decision: String, _ change: PendingChange, _ path: String) {
    let json: JSONValue = ["name": .string(change.name), "decision": .string(decision), "file": .string(path)]
    Console.write(output.json ? json.compact() + "\n" : "\(decision) \(change.name): \(path)\n")
  }

  private func show(_ changes: [PendingChange]) {
    for change in changes {
      let difference = ReviewSession.difference(change)
      if output.json {
        let json: JSONValue = [
          "name": .string(change.name), "pending": .string(change.path), "replaces": .string(change.replaces),
          "difference": .string(difference),
        ]
        Console.write(json.compact() + "\n")
      } else {
        Console.write("\(change.name): \(change.path)\n\(difference.indented(by: 2))")
      }
    }
    if changes.isEmpty && !output.json { Console.write("nothing is pending\n") }
  }
}
