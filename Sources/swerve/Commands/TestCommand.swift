import ArgumentParser
import SwerveFiles
import SwerveRuns
import SwerveText

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run every script that has a golden file and compare; run unit tests in Lua.",
    discussion: """
      What failed is printed first, each difference with the first step and value. What was computed instead goes to \
      NAME.new.jsonl beside the golden, and `swerve review` decides about it. With CI set in the environment no golden is \
      ever written, and a change that waits for a decision fails. Recording with --bless always fails the run that does it.
      A golden also pins the script's options, code and files: where one of them changed, it fails though every number be the same.
      Files whose names end in _test.lua hold unit tests of rules, losses and schedules (`require "swerve.testing"`).

      EXAMPLE
        swerve test                                    every golden under ./golden, every test under ./lua and ./examples
        swerve test examples/quick.lua                 one script
        swerve test lua/tests/certainty_test.lua       one file of tests
        swerve test golden/quick.jsonl --bless --reason "a larger batch"
        swerve test golden/cli                         commands and what they must answer
        swerve test --junit report.xml                 for CI systems
      """)

  @Argument(help: "Golden files, scripts, tests, or folders. (default: the working folder)", completion: .file())
  var paths: [String] = []
  @Flag(help: "Record what is computed as the new golden; needs --reason.") var bless = false
  @Option(help: ArgumentHelp("Why the golden changes; kept in its header.", valueName: "text")) var reason: String?
  @Option(help: ArgumentHelp("Tests at a time. (default: one for each thread)", valueName: "n")) var jobs: Int?
  @Option(help: ArgumentHelp("Write the results as JUnit XML, too.", valueName: "file"), completion: .file()) var junit:
    String?
  @OptionGroup var limits: LimitOptions
  @OptionGroup var time: TimeOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...1024).contains(jobs ?? 1) else { throw ValidationError("--jobs must be in 1...1024, got \(jobs ?? 1)") }
    if bless && (reason ?? "").isBlank { throw ValidationError("--bless needs --reason TEXT") }
    if bless, let test = paths.first(where: LuaTest.isTest) {
      throw ValidationError("--bless is for golden files; \(test) is a file of tests")
    }
    if !bless && reason != nil { throw ValidationError("--reason needs --bless: without it nothing is recorded") }
  }

  func run() throws {
    Interruption.exitAtOnce()
    let plan = try TestPlan(paths, records: bless)
    let pending = isCI ? try plan.pending() : []
    if plan.isEmpty && pending.isEmpty {
      let tests = bless ? "" : " and no test (..._test.lua)"
      throw CLIError(
        message: "there is no golden file\(tests) under \(paths.isEmpty ? "." : paths.joined(separator: ", "))",
        hint: "run a script, then `swerve bless RUN --reason TEXT` makes its golden")
    }
    var limits = try limits.parsed()
    limits.seconds = time.seconds
    let tested = try run(TestRun(plan, limits: limits, isCI: isCI, reason: bless ? reason : nil))
    let undecided = pending.filter { !$0.isReported(by: tested) }
    let reports = TestReport.failuresFirst(tested + undecided.map(GoldenText.report))
    for report in reports {
      if !report.printed.isEmpty { Console.noteText(report.printed) }
      Console.write(output.json ? report.json.map { $0.compact() + "\n" }.joined() : report.text)
    }
    let cases = reports.flatMap(\.cases)
    let failed = cases.count { $0.failure != nil }
    if !output.json { Console.write("\(cases.count - failed) passed, \(failed) failed\n") }
    if !output.quiet && !output.json { try advise(plan) }
    if let junit { try POSIXFile.writeAtomically(JUnit.text(reports), to: junit) }
    if failed > 0 { throw ExitCode(TestReport.exitCode(reports)) }
  }

  private func run(_ tests: TestRun) throws -> [TestReport] {
    let isLive = !output.quiet && Console.showsLive
    defer { Console.clearLive() }
    return try tests.run(
      threads: threads.threads, jobs: jobs,
      didChange: { progress in
        guard isLive else { return }
        let running = progress.running.joined(separator: ", ")
        let text = "\(progress.ended) of \(progress.count) done" + (running.isEmpty ? "" : "; now \(running)")
        Console.live(text.leading(Console.width - 1), .quiet)
      },
      report: { outcome in
        switch outcome {
        case .lua(let outcome): LuaTestText(outcome).report
        case .golden(let outcome): GoldenText.report(outcome)
        case .transcript(let transcript): TranscriptText.report(transcript)
        }
      })
  }

  private func advise(_ plan: TestPlan) throws {
    if bless {
      Console.note("recording never counts as a pass: review the golden files, then run `swerve test` again")
    } else if !isCI, case let count = try plan.pending().count, count > 0 {
      Console.note("next: swerve review (\(count) \(count == 1 ? "change is" : "changes are") pending)")
    }
  }
}
