import RunFixtures
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveTestSupport
import Testing

/// Goldens of long runs keep the steps that matter, and check them all.
@Suite struct SubsamplingTests {
  /// 250 steps and 20, with an evaluation after step 137.
  private static func long(_ change: @escaping (String, Int, Metric) -> Metric = { _, _, metric in metric }) -> FakeRun
  {
    var run = FakeRun()
    run.plan = [
      StageInfo(name: "pretrain", kind: "pretrain", steps: 250),
      StageInfo(name: "prioritized", kind: "finetune", steps: 20),
    ]
    run.change = { stage, step, metric in
      let metric = change(stage, step, metric)
      guard stage == "pretrain", step == 137, metric.name == "success_plus1" else { return metric }
      return Metric("success/plus1", metric.value)
    }
    return run
  }

  /// Adds one to the loss of one step, and nothing to the weights.
  private static func long(other step: Int) -> FakeRun {
    long { stage, at, metric in
      stage == "pretrain" && at == step && metric.name == "loss" ? Metric("loss", (metric.value ?? 0) + 1) : metric
    }
  }

  private func steps(_ recorded: RecordedSteps, _ stage: String) -> [Int] {
    recorded.steps.filter { $0.stage == stage }.map(\.step)
  }

  /// Written and read again.
  private func thinned(_ run: FakeRun, _ folder: TemporaryFolder) throws -> GoldenFile {
    let store = GoldenStore(folder: folder.file("golden"), isCI: false)
    _ = try store.bless("quick", try run.golden())
    return try store.read("quick")
  }

  private func report(_ golden: GoldenFile, _ run: FakeRun, _ tolerances: ToleranceTable? = nil) throws -> DiffReport {
    let computed = ComparedRun(label: "this run", recorded: try run.collect(), inputs: run.inputs)
    return Comparison.compare(ComparedRun(golden), computed, tolerances: tolerances)
  }

  @Test func keepsEveryLineOfAShortRun() throws {
    let golden = try FakeRun().golden()
    #expect(golden.thinned == golden && !golden.text.contains("thinned"))
  }

  @Test func keepsFirstRoundEvaluatedAndLastStepsOfALongRun() throws {
    let folder = try TemporaryFolder()
    let golden = try thinned(Self.long(), folder)
    let expected = Array(1...10) + Array(stride(from: 20, through: 100, by: 10)) + [137, 200, 250]
    #expect(steps(golden.recorded, "pretrain") == expected)
    #expect(steps(golden.recorded, "prioritized") == Array(1...10) + [20])
    #expect(golden.header.thinned == Subsampling(kept: 33, of: 270) && golden.chainBreak == nil)
    #expect(golden.recorded.chain == (try Self.long().collect()).chain)
    let text = try folder.text("golden/quick.jsonl")
    #expect(golden.text == text)
    #expect(text.contains("\"thinned\":{\"kept\":33,\"of\":270,\"rule\":\"of each stage: steps 0 to 10, then 20, 30,"))
    #expect(text.utf8.count * 3 < (try Self.long().golden()).text.utf8.count)
  }

  @Test func comparesEveryStep() throws {
    let folder = try TemporaryFolder()
    let golden = try thinned(Self.long(), folder)
    let same = try report(golden, Self.long())
    #expect(same.isSame && same.stepsCompared == 270 && same.notes.isEmpty)
  }

  @Test(arguments: [11, 15, 19, 21, 136, 138, 199, 249])
  func findsADifferenceInAStepWithoutALine(step: Int) throws {
    let folder = try TemporaryFolder()
    let golden = try thinned(Self.long(), folder)
    let kept = steps(golden.recorded, "pretrain")
    let first = try #require(kept.last { $0 < step }) + 1
    let last = try #require(kept.first { $0 > step }) - 1
    let found = try report(golden, Self.long(other: step))
    let name = first == last ? "chain of step \(first)" : "chain of steps \(first) to \(last)"
    #expect(found.differences.map(\.name) == [name] && found.firstDifference?.step == first)
    // The other way around, too.
    let computed = ComparedRun(
      label: "this run", recorded: try Self.long(other: step).collect(), inputs: FakeRun().inputs)
    let turned = Comparison.compare(computed, ComparedRun(golden))
    #expect(turned.firstDifference?.a == found.firstDifference?.b && turned.differences.count == 1)
  }

  @Test func locatesADifferenceInALine() throws {
    let folder = try TemporaryFolder()
    let golden = try thinned(Self.long(), folder)
    let found = try report(golden, Self.long(other: 30))
    #expect(found.differences.map(\.name) == ["loss"] && found.firstDifference?.step == 30)
  }

  @Test func findsTheSameStepsFromOtherInputs() throws {
    let folder = try TemporaryFolder()
    let golden = try thinned(Self.long(), folder)
    var edited = Self.long()
    edited.script = "-- a comment\n" + edited.script
    #expect(try report(golden, edited).isSame)
  }

  /// 240 steps end between two lines; 257 go on after the last one.
  @Test(arguments: [(240, "only a has it (10 more steps)", 241), (257, "only b has it (7 more steps)", 251)])
  func reportsARunOfAnotherLength(length: Int, text: String, step: Int) throws {
    let folder = try TemporaryFolder()
    let golden = try thinned(Self.long(), folder)
    var other = Self.long()
    other.plan[0] = StageInfo(name: "pretrain", kind: "pretrain", steps: length)
    let first = try #require(try report(golden, other).differences.first { $0.name == "step" })
    #expect(first.stage == "pretrain" && first.step == step && first.text.hasSuffix(text), "\(first.text)")
  }

  @Test func comparesTwoThinnedGoldensByTheirChains() throws {
    let folder = try TemporaryFolder()
    let (a, b) = (try Self.long().golden().thinned, try Self.long(other: 150).golden().thinned)
    #expect(Comparison.compare(ComparedRun(a), ComparedRun(try thinned(Self.long(), folder))).isSame)
    #expect(Comparison.compare(ComparedRun(a), ComparedRun(b)).differences.map(\.name) == ["chain of steps 138 to 199"])
    // After another script nothing can be said of steps that neither keeps.
    var edited = Self.long(other: 150)
    edited.script = "-- a comment\n" + edited.script
    let report = Comparison.compare(ComparedRun(a), ComparedRun(try edited.golden().thinned))
    #expect(
      report.isSame && report.notes.first?.hasPrefix("steps 11 to 19 of stage pretrain were not compared") == true)
  }

  @Test func findsAnEditedLineOrDigestWhileReading() throws {
    let folder = try TemporaryFolder()
    _ = try thinned(Self.long(), folder)
    let path = folder.file("golden/quick.jsonl")
    let text = try folder.text("golden/quick.jsonl")
    // Line 13 is step 30, between two gaps.
    try changeDigit(path, line: 13, metric: "loss")
    #expect(try GoldenFile.read(path).chainBreak != nil)
    let chain = try #require(text.split(separator: "\n")[12].firstMatch(of: /"chain":"([0-9a-f]{64})"/)).1
    try POSIXFile.writeAtomically(text.replacing(chain, with: Digest.of("x")), to: path)
    #expect(try GoldenFile.read(path).chainBreak != nil)
    try POSIXFile.writeAtomically(text.replacing(",\"chain\":\"\(chain)\"", with: ""), to: path)
    #expect(runError { _ = try GoldenFile.read(path) }?.description.contains("field \"chain\": found nothing") == true)
  }

  /// Step 5 is before the first gap, 30 between two, 137 alone, 250 the last of its stage, with a gap of the next stage after it.
  @Test(arguments: [
    ("pretrain", 5), ("pretrain", 30), ("pretrain", 137), ("pretrain", 250), ("prioritized", 3), ("prioritized", 20),
  ])
  func reportsAnEditedLineAsTheOnlyDifference(stage: String, step: Int) throws {
    let folder = try TemporaryFolder()
    let whole = try thinned(Self.long(), folder)
    let line = try #require(whole.recorded.steps.firstIndex { $0.stage == stage && $0.step == step }) + 2
    try changeDigit(folder.file("golden/quick.jsonl"), line: line, metric: "kl_k2")
    let found = try report(try GoldenFile.read(folder.file("golden/quick.jsonl")), Self.long())
    #expect(found.differences.map(\.name) == ["kl_k2"] && found.stepsCompared == 270)
    #expect(found.firstDifference?.stage == stage && found.firstDifference?.step == step)
    #expect(found.edited.count == 1)
    #expect(
      found.edited.first?.contains("step \(step) of stage \(stage): kl_k2 was recorded as ") == true, "\(found.edited)")
  }

  /// The steps of a gap are still checked where a line beside it was edited.
  @Test func findsADifferenceBesideAnEdit() throws {
    let folder = try TemporaryFolder()
    _ = try thinned(Self.long(), folder)
    // Line 13 is step 30.
    try changeDigit(folder.file("golden/quick.jsonl"), line: 13, metric: "kl_k2")
    let found = try report(try GoldenFile.read(folder.file("golden/quick.jsonl")), Self.long(other: 150))
    #expect(found.differences.map(\.name) == ["kl_k2", "chain of steps 138 to 199"])
    #expect(
      found.differences.map(\.step) == [30, 138] && found.edited.first?.contains("step 30 of stage pretrain") == true)
    let later = try report(try GoldenFile.read(folder.file("golden/quick.jsonl")), Self.long(other: 25))
    #expect(later.differences.map(\.name).contains("chain of steps 21 to 29"))
  }

  @Test func keepsEveryLineWithAToleranceAndOnlyNotesADigest() throws {
    let tolerance = ToleranceTable.uniform(abs: 0.5, rel: nil, ulp: nil)
    let golden = try Self.long().golden()
    let tolerant = GoldenFile(header: golden.header.with(tolerance: tolerance), recorded: golden.recorded)
    #expect(tolerant.thinned == tolerant)
    let report = try report(golden.thinned, Self.long(other: 150), tolerance)
    #expect(report.isSame && report.notes.contains { $0.hasPrefix("steps 138 to 199 of stage pretrain were not") })
  }
}
