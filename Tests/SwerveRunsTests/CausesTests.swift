import RunFixtures
import SwerveRL
import SwerveRecords
import SwerveRuns
import SwerveTestSupport
import Testing

/// What led to a difference, by what the two records say.
@Suite struct CausesTests {
  /// The first value in which the second run differs.
  private static func other(_ stage: String, _ step: Int, _ metric: Metric) -> Metric {
    stage == "pretrain" && step == 2 && metric.name == "loss" ? Metric("loss", 9) : metric
  }

  private func causes(_ change: (inout FakeRun) -> Void, both: (inout FakeRun) -> Void = { _ in }) throws -> [String] {
    let folder = try TemporaryFolder()
    var (a, b) = (FakeRun(), FakeRun())
    both(&a)
    both(&b)
    b.change = Self.other
    change(&b)
    let runs = try [try a.record(in: folder.file("a")), try b.record(in: folder.file("b"))].map {
      try RunReader.read($0)
    }
    return try RunDiff(runs[0], runs[1], Comparison.compare(ComparedRun(runs[0]), ComparedRun(runs[1]))).causes
  }

  @Test func namesAnotherMathVersion() throws {
    #expect(
      try causes { $0.math = 2 } == ["another math version: 1 against 2; CHANGELOG.md says what changed"])
    #expect(try causes { $0.mode = "blas" } == ["another math: exact against blas"])
  }

  @Test func explainsADifferenceByAnotherMachineOnlyUnderBLAS() throws {
    let blas = try causes({ $0.cpu = "another" }, both: { $0.mode = "blas" })
    #expect(blas == ["another machine under blas: cpu a test against another"])
    let exact = try causes { $0.cpu = "another" }
    #expect(exact.count == 1 && exact[0].hasPrefix("unexplained by what went in. "), "\(exact)")
    #expect(exact[0].contains("must not change a bit under exact math: cpu a test against another. `swerve doctor`"))
  }

  @Test func explainsNothingWithoutADifferenceOfInputs() throws {
    #expect(try causes { _ in }.map { $0.hasPrefix("unexplained: the same inputs, math, program") } == [true])
    #expect(try causes { $0.change = { _, _, metric in metric } } == [])
  }
}
