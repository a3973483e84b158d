import RunFixtures
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveTestSupport
import Testing

@Suite struct ComparisonTests {
  private func side(_ label: String, _ fake: FakeRun = FakeRun()) throws -> ComparedRun {
    ComparedRun(label: label, recorded: try fake.collect(), inputs: fake.inputs)
  }

  /// A run that adds `ulps` to a metric of the second stage from a step on.
  private func shifted(_ name: String, from first: Int, ulps: Int = 1) -> FakeRun {
    var fake = FakeRun()
    fake.change = { stage, step, metric in
      guard stage == "prioritized", step >= first, metric.name == name, var value = metric.value else { return metric }
      for _ in 0..<ulps { value = value.nextUp }
      return Metric(name, value)
    }
    return fake
  }

  @Test func findsNoDifferenceInEqualRuns() throws {
    let report = Comparison.compare(try side("a"), try side("b"))
    #expect(report.isSame && report.stepsCompared == 25 && report.inputs.isEmpty && report.notes.isEmpty)
    #expect(report.text() == "no difference in 25 steps\n  a: a\n  b: b\n")
    #expect(report.json["same"] == true)
  }

  @Test func comparesDigestsWhereBothSidesHaveThem() throws {
    var sparse = FakeRun()
    sparse.isHashed = { $0 % 5 == 0 }
    let report = Comparison.compare(try side("a"), try side("b", sparse))
    #expect(report.isSame && report.stepsCompared == 25)
    // Another seed gives other weights, and metrics that all differ.
    sparse.seed = 8
    let other = Comparison.compare(try side("a"), try side("b", sparse))
    #expect(other.differences.first { $0.name == "weights" }?.step == 5)
  }

  @Test func comparesRunFoldersAndGoldensInAnyCombination() throws {
    let temporary = try TemporaryFolder()
    let run = try FakeRun().record(in: temporary.path)
    let golden = try GoldenStore(folder: temporary.file("golden"), isCI: false).bless("quick", try FakeRun().golden())
    for a in [run, golden] {
      for b in [run, golden] {
        let report = Comparison.compare(try ComparedRun.read(a), try ComparedRun.read(b))
        #expect(report.isSame && report.inputs.isEmpty, "\(a) \(b)")
      }
    }
    let error = runError { _ = try ComparedRun.read(temporary.file("none")) }
    #expect(error == RecordError.notComparable(path: temporary.file("none")))
  }

  @Test func reportsTheFirstDifferenceOfEachMetricInOrder() throws {
    var fake = shifted("kl_k2", from: 12, ulps: 93)
    let kl = fake.change
    fake.change = { stage, step, metric in
      let isLoss = stage == "prioritized" && step == 14 && metric.name == "loss"
      return isLoss ? Metric("loss", nil) : kl(stage, step, metric)
    }
    let report = Comparison.compare(try side("a"), try side("b", fake))
    #expect(report.differences.map(\.name) == ["kl_k2", "loss"] && report.differences.map(\.step) == [12, 14])
    #expect(report.differences.map(\.count) == [9, 1] && report.differences.map(\.ulps) == [93, nil])
    #expect(report.differences[0].largest?.step == 20 || report.differences[0].largest?.ulps == 93)
    let lines = report.text().split(separator: "\n")
    #expect(
      lines[0]
        == "step 12 of stage prioritized: kl_k2: 0.0492 (0x3d4985f0) against 0.049200345 (0x3d49864d), 93 ulps apart")
    #expect(report.text().contains("loss: 0.08571429 (0x3daf8af9) against null"))
    let first = report.json["first"]
    #expect(first?["a_bits"] == "0x3d4985f0" && first?["ulps"] == 93 && first?["decided_by"] == "exact")
  }

  @Test func toleratesADifferenceWithinEachBound() throws {
    let a = try side("a")
    let b = try side("b", shifted("kl_k2", from: 12, ulps: 4))
    func compare(_ table: ToleranceTable) -> DiffReport { Comparison.compare(a, b, tolerances: table) }
    #expect(compare(.uniform(ulp: 4)).isSame && !compare(.uniform(ulp: 3)).isSame)
    #expect(compare(.uniform(abs: 1e-6)).isSame && !compare(.uniform(abs: 1e-12)).isSame)
    #expect(compare(.uniform(rel: 1e-6)).isSame && !compare(.uniform(rel: 1e-9)).isSame)
    #expect(!compare(.uniform()).isSame)
    let passed = compare(.uniform(abs: 1e-12, ulp: 4))
    #expect(passed.tolerated.map(\.decidedBy.text) == ["ulp 4"] && passed.tolerated[0].count == 9)
    #expect(passed.text().contains("kl_k2 of stage prioritized: 9 steps, ulp 4"))
    #expect(compare(.uniform(ulp: 3)).firstDifference?.decidedBy.text == "beyond ulp 3")
  }

  @Test func usesAGoldensToleranceUnlessAnotherIsGiven() throws {
    let table = ToleranceTable([
      .init(glob: Glob("kl_*"), tolerance: Tolerance(abs: nil, rel: nil, ulp: 1))
    ])
    let golden = try FakeRun().golden()
    let tolerant = ComparedRun(GoldenFile(header: golden.header.with(tolerance: table), recorded: golden.recorded))
    let kl = try side("kl", shifted("kl_k2", from: 3))
    let loss = try side("loss", shifted("loss", from: 3))
    #expect(Comparison.compare(tolerant, kl).isSame && Comparison.compare(kl, tolerant).isSame)
    #expect(!Comparison.compare(tolerant, loss).isSame)
    #expect(!Comparison.compare(tolerant, kl, tolerances: .exact).isSame)
  }

  @Test func comparesOnlyTheNamesThatAGlobCovers() throws {
    let a = try side("a")
    let b = try side("b", shifted("kl_k2", from: 12))
    #expect(Comparison.compare(a, b, only: Glob("loss")).isSame)
    #expect(!Comparison.compare(a, b, only: Glob("kl_?2")).isSame)
    let other = try side("c", FakeRun(seed: 8))
    #expect(Comparison.compare(a, other, only: Glob("weights")).differences.map(\.name) == ["weights", "weights"])
  }

  @Test func comparesMetricsNamedLikeOtherItemsAsMetrics() throws {
    for name in ["step", "weights", "final weights", "chain"] {
      var (one, other) = (FakeRun(), FakeRun())
      one.change = { $2.name == "loss" ? Metric(name, 1) : $2 }
      other.change = { $2.name == "loss" ? Metric(name, 2) : $2 }
      let report = Comparison.compare(try side("a", one), try side("b", other))
      #expect(report.differences.map(\.item) == [.metric(named: name), .metric(named: name)])
      #expect(report.text().contains("\(name): 1.0 (0x3f800000) against 2.0"))
    }
  }

  @Test func comparesWeightsExactlyUnlessAToleranceCoversThem() throws {
    var fake = FakeRun(seed: 8)
    let seven = FakeRun()
    fake.change = { stage, step, metric in seven.metrics(stage, step).first { $0.name == metric.name } ?? metric }
    let report = Comparison.compare(try side("a"), try side("b", fake))
    #expect(report.differences.map(\.name) == ["weights", "weights"])
    #expect(report.firstDifference?.stage == "pretrain" && report.firstDifference?.step == 1)
    #expect(report.inputs.map(\.name) == ["seed"])
    let tolerant = Comparison.compare(try side("a"), try side("b", fake), tolerances: .uniform(abs: 1))
    #expect(tolerant.isSame && tolerant.notes.count == 2)
  }

  @Test func findsMissingAndExtraStepsStagesAndMetrics() throws {
    var short = FakeRun()
    short.plan[1] = StageInfo(name: "prioritized", kind: "finetune", steps: 17)
    let report = Comparison.compare(try side("a"), try side("b", short))
    #expect(report.differences.map(\.name) == ["step", "final weights"])
    #expect(report.text().hasPrefix("step 18 of stage prioritized: only a has it (3 more steps)"))
    short.plan.removeLast()
    let stage = Comparison.compare(try side("a", short), try side("b"))
    #expect(stage.firstDifference?.stage == "prioritized" && stage.firstDifference?.a == .missing)
    var renamed = FakeRun()
    renamed.change = { $2.name == "loss" ? Metric("loss_total", $2.value) : $2 }
    let metric = Comparison.compare(try side("a"), try side("b", renamed))
    #expect(metric.differences.prefix(2).map(\.name) == ["loss", "loss_total"])
    #expect(metric.differences[0].b == .missing && metric.differences[1].a == .missing)
    #expect(metric.differences[0].count == 5)
  }

  @Test func ignoresTheOrderOfMetrics() throws {
    let steps = try FakeRun().collect()
    var reversed = RecordedSteps(inputsDigest: steps.inputsDigest)
    for step in steps.steps {
      reversed.append(
        StepLine(stage: step.stage, step: step.step, metrics: step.metrics.reversed(), weights: step.weights))
    }
    for result in steps.results { reversed.append(result) }
    let inputs = FakeRun().inputs
    let report = Comparison.compare(
      ComparedRun(label: "a", recorded: steps, inputs: inputs),
      ComparedRun(label: "b", recorded: reversed, inputs: inputs))
    #expect(report.isSame)
  }

  @Test func listsInputsThatDifferWithoutFailing() throws {
    var other = FakeRun()
    other.options = ["digits": 6, "kl": .double(5.0), "alpha": 20]
    other.script += "-- a remark\n"
    let report = Comparison.compare(try side("a"), try side("b", other))
    #expect(report.isSame)
    #expect(report.inputs.map(\.name) == ["script", "option digits", "option alpha"])
    #expect(report.text().contains("option digits: 5 against 6\n"))
    #expect(report.text().contains("option alpha: nothing against 20\n"))
  }

  @Test func toleratesNoNumberInPlaceOfNaN() throws {
    var nan = FakeRun()
    nan.change = { $1 == 3 && $2.name == "loss" ? Metric("loss", .nan) : $2 }
    #expect(Comparison.compare(try side("a", nan), try side("b", nan)).isSame)
    let table = ToleranceTable.uniform(abs: .infinity, rel: .infinity, ulp: .max)
    let report = Comparison.compare(try side("a"), try side("b", nan), tolerances: table)
    #expect(report.differences.map(\.name) == ["loss", "loss"] && report.firstDifference?.ulps == nil)
    #expect(report.text().contains("against nan (0x7fc00000)\n"))
  }

  @Test func comparesLargeRunsCompletely() {
    var a = RecordedSteps(inputsDigest: "x")
    var b = RecordedSteps(inputsDigest: "x")
    for step in 1...2000 {
      let metrics = (0..<60).map { Metric("metric_number_\($0)", Float(step) / Float($0 + 3)) }
      let others = metrics.map { Metric($0.name, $0.value.map { $0.nextUp }) }
      a.append(StepLine(stage: "s", step: step, metrics: metrics, weights: "w"))
      b.append(StepLine(stage: "s", step: step, metrics: others, weights: "w"))
    }
    let inputs = FakeRun().inputs
    let left = ComparedRun(label: "a", recorded: a, inputs: inputs)
    let right = ComparedRun(label: "b", recorded: b, inputs: inputs)
    let report = Comparison.compare(left, right)
    #expect(report.differences.count == 60 && report.differences.allSatisfy { $0.count == 2000 && $0.ulps == 1 })
    #expect(report.text().contains("and 39 more; --json lists all"))
    #expect(Comparison.compare(left, right, tolerances: .uniform(ulp: 1)).isSame)
  }
}

@Suite struct GlobTests {
  @Test(arguments: [
    ("kl_k2", "kl_k2", true), ("kl_*", "kl_k2", true), ("*", "", true), ("*", "x", true), ("", "", true),
    ("", "x", false),
    ("?", "x", true), ("?", "", false), ("kl_?", "kl_k2", false), ("*k2", "kl_k2", true), ("*k1", "kl_k2", false),
    ("a*b*c", "aXbYc", true), ("a*b*c", "acb", false), ("a**", "a", true), ("[ab]", "a", false), ("KL", "kl", false),
    ("a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
  ])
  func matchesWholeNames(_ pattern: String, _ name: String, _ expected: Bool) {
    #expect(Glob(pattern).matches(name) == expected)
  }
}
