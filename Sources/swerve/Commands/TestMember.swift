import LuaRuntime
import SwerveFiles
import SwerveRuns

/// One golden, transcript or file of tests, to be run on any thread.
struct TestMember: Sendable {
  private enum Kind { case golden, transcript, test }

  private let kind: Kind
  private let path: String
  private let limits: LuaLimits
  private let isCI: Bool
  /// If set, the results are recorded again.
  private let reason: String?

  /// All members in the order of the report, the quick ones first.
  static func all(_ plan: TestPlan, limits: LuaLimits, isCI: Bool, reason: String?) -> [TestMember] {
    func members(_ kind: Kind, _ paths: [String]) -> [TestMember] {
      paths.map { TestMember(kind: kind, path: $0, limits: limits, isCI: isCI, reason: reason) }
    }
    return members(.test, plan.tests) + members(.golden, plan.goldens) + members(.transcript, plan.transcripts)
  }

  var name: String { Path.name(path) }

  /// The output of scripts is kept for the report, so that the lines of members that run at the same time don't mix.
  func run(threads: Int) -> TestReport {
    let watch = Stopwatch()
    let printed = PrintedText()
    var report = report(threads: threads) { printed.text += $0 }
    report.printed = printed.text
    report.seconds = watch.seconds
    return report
  }

  private func report(threads: Int, output: @escaping (String) -> Void) -> TestReport {
    switch kind {
    case .test: LuaTestText(LuaTest.run(path, limits: limits, output: output)).report
    case .golden:
      GoldenText.report(
        GoldenTest.run(golden: path, threads: threads, limits: limits, isCI: isCI, reason: reason, output: output))
    case .transcript: TranscriptText.report(Transcript.run(path, reason: reason, isCI: isCI))
    }
  }
}

private final class PrintedText {
  var text = ""
}
