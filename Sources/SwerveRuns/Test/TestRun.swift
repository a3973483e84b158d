import LuaRuntime
import SwerveFiles
import SwerveText

/// What `swerve test` does: it runs the goldens, transcripts and files of tests of a plan, several at a time.
package struct TestRun: Sendable {
  /// The result of one golden, transcript or file of tests.
  package enum Outcome {
    case lua(LuaTest.Outcome)
    case golden(GoldenTest.Outcome)
    case transcript(Transcript)
  }

  /// The progress, for a live line.
  package struct Progress: Sendable {
    package let ended: Int
    package let count: Int
    /// The names of the files that are running, in the order of the report.
    package let running: [String]
  }

  private enum Member: Sendable {
    case lua(String)
    case golden(String)
    case transcript(String)

    var path: String {
      switch self {
      case .lua(let path), .golden(let path), .transcript(let path): path
      }
    }
  }

  /// In the order of the report, the quick ones first.
  private let members: [Member]
  private let limits: LuaLimits
  private let isCI: Bool
  /// If set, the results are recorded again.
  private let reason: String?

  package init(_ plan: TestPlan, limits: LuaLimits, isCI: Bool, reason: String?) {
    members =
      plan.tests.map(Member.lua) + plan.goldens.map(Member.golden) + plan.transcripts.map(Member.transcript)
    self.limits = limits
    self.isCI = isCI
    self.reason = reason
  }

  /// Runs all of them. Each gets its share of the threads.
  /// - Parameters:
  ///   - jobs: how many at a time; nil: one for each thread.
  ///   - didChange: called at each start and end, by one thread at a time.
  ///   - report: puts a result into words.
  /// - Returns: the reports in the order of the plan, whichever ended first.
  /// - Throws: LuaError if a thread can't be started.
  package func run(
    threads: Int, jobs: Int?, didChange: (Progress) -> Void, report: @Sendable (Outcome) -> TestReport
  ) throws -> [TestReport] {
    let jobs = max(1, min(jobs ?? threads, members.count))
    let share = max(1, threads / jobs)
    return try ParallelJobs.run(
      members.count, jobs: jobs,
      didChange: { state in
        didChange(
          Progress(
            ended: state.ended, count: members.count, running: state.running.map { Path.name(members[$0].path) }))
      }, { run(members[$0], threads: share, report) })
  }

  /// The output of scripts is kept for the report, so that the lines of members that run at the same time don't mix.
  private func run(_ member: Member, threads: Int, _ report: (Outcome) -> TestReport) -> TestReport {
    let watch = Stopwatch()
    let printed = PrintedText()
    var report = report(outcome(member, threads: threads) { printed.text += $0 })
    report.printed = printed.text
    report.seconds = watch.seconds
    return report
  }

  private func outcome(_ member: Member, threads: Int, output: @escaping (String) -> Void) -> Outcome {
    switch member {
    case .lua(let path): .lua(LuaTest.run(path, limits: limits, output: output))
    case .golden(let path):
      .golden(
        GoldenTest.run(golden: path, threads: threads, limits: limits, isCI: isCI, reason: reason, output: output))
    case .transcript(let path): .transcript(Transcript.run(path, reason: reason, isCI: isCI))
    }
  }
}

private final class PrintedText {
  var text = ""
}
