import RunFixtures
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveRuns
import SwerveTestSupport
import SwerveText
import Testing

@Suite struct RecordingTests {
  @Test func readsARunBackAsItWasComputed() throws {
    let temporary = try TemporaryFolder()
    let fake = FakeRun()
    let run = try RunReader.read(try fake.record(in: temporary.path))
    #expect(run.recorded == (try fake.collect()))
    #expect(run.chainBreak == nil && !run.hasTornLine && run.state == .complete)
    #expect(run.manifest.inputs == fake.inputs && run.manifest.inputs.digest == run.recorded.inputsDigest)
    #expect(run.manifest.stages.map(\.steps) == [5, 20])
    #expect(try run.scriptCopies() == fake.sources)
    #expect(throws: Never.self) { try run.requireIntact() }
  }

  @Test func rejectsAMetricTwiceBeforeAnythingIsWritten() throws {
    let temporary = try TemporaryFolder()
    let fake = FakeRun()
    let folder = try RunFolder.create(at: temporary.file("r"), manifest: fake.manifest, sources: fake.sources)
    let recorder = try RunRecorder(folder: folder, manifest: fake.manifest)
    try recorder.stageWillStart(fake.plan[0])
    func step(_ number: Int, _ names: [String]) throws {
      try recorder.stepDidEnd(
        StepRecord(
          stage: "pretrain", step: number, metrics: names.map { Metric($0, 1) }, notCompared: [], weights: []))
    }
    // Canonically equivalent, not the same: e with an accent, and e followed by one.
    try step(1, ["loss", "\u{e9}", "e\u{301}"])
    let error = runError { try step(2, ["loss", "x", "loss"]) }
    #expect(error == RecordError.repeatedMetric(stage: "pretrain", step: 2, name: "loss"))
    #expect(error?.description.contains("has the metric loss twice") ?? false)
    try recorder.finish(.interrupted)
    #expect(try temporary.text("r/metrics.jsonl").split(separator: "\n").count == 1)
  }

  @Test func findsAnEditedCopyOfTheScript() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    try POSIXFile.writeAtomically("return nil\n", to: path + "/script/examples/quick.lua")
    let error = runError { try RunReader.read(path).requireIntact() }
    #expect(error?.exitCode == 1)
    #expect(error?.description.contains("script/examples/quick.lua") == true)
  }

  @Test func findsAnEditedDigestOfTheResult() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let weights = try #require(try RunReader.read(path).result?.weightsSHA256)
    let text = String(decoding: try POSIXFile.read(path + "/result.json"), as: UTF8.self)
    let other = (weights.first == "0" ? "1" : "0") + weights.dropFirst()
    let parts = text.split(separator: weights, omittingEmptySubsequences: false)
    try POSIXFile.writeAtomically(parts.joined(separator: other), to: path + "/result.json")
    let error = runError { try RunReader.read(path).requireIntact() }
    #expect(error?.exitCode == 5)
    #expect(error?.description.contains("result.json is not what the run wrote") == true)
  }

  @Test func writesTheKeysOfALineOfMetricsInOrder() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let text = String(decoding: try POSIXFile.read(path + "/metrics.jsonl"), as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 25)
    let line = try JSONParser.parse(String(lines[1]))
    #expect(line.members?.map(\.key) == ["stage", "step", "metrics", "weights", "chain", "not_compared"])
    #expect(line["metrics"]?["critical_step_k"] == JSONValue.null)
    #expect(line["metrics"]?["success_plus1"]?.float == Float(2) / 3 * (Float(2) / 3))
  }

  @Test func recordsStepsWhoseWeightsAreNotHashed() throws {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    fake.isHashed = { $0 % 5 == 0 }
    let path = try fake.record(in: temporary.path)
    let run = try RunReader.read(path)
    #expect(run.recorded == (try fake.collect()))
    #expect(run.recorded.steps.filter { $0.weights != nil }.map(\.step) == [5, 5, 10, 15, 20])
    #expect(throws: Never.self) { try run.requireIntact() }
    let line = try JSONParser.parse(
      String(try temporary.text(Path.name(path) + "/metrics.jsonl").prefix { $0 != "\n" }))
    #expect(line.members?.map(\.key) == ["stage", "step", "metrics", "chain", "not_compared"])
    // The same steps with a digest after each have the same weights where both have one.
    let whole = try RunReader.read(try FakeRun().record(in: temporary.file("other")))
    for step in run.recorded.steps where step.weights != nil {
      #expect(whole.recorded.steps.contains { $0 == step })
    }
    let golden = try fake.golden()
    #expect(
      try GoldenFile.read(GoldenStore(folder: temporary.file("golden"), isCI: false).bless("quick", golden)).recorded
        == golden.recorded)
  }

  /// - Parameter recorded: the steps of the record with a digest.
  @Test(arguments: [(recorded: 1, computed: 5), (5, 1), (5, 5), (1, 1)])
  func replaysWhateverStepsHaveADigest(recorded: Int, computed: Int) throws {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    fake.isHashed = { $0 % recorded == 0 }
    let run = try RunReader.read(try fake.record(in: temporary.path))
    fake.isHashed = { $0 % computed == 0 }
    let verifier = try ReplayVerifier(run)
    let error = runError {
      try fake.train(verifier)
      try verifier.finish()
    }
    // A digest that the record should have and lacks is a difference.
    guard recorded > computed else {
      #expect(error == nil && verifier.stepsVerified == 25)
      return
    }
    #expect(error?.description.contains("weights") == true && verifier.stepsVerified == 0)
  }

  @Test func computesTheChainAsDocumented() throws {
    let fake = FakeRun()
    let recorded = try fake.collect()
    var chain = Digest.of(fake.inputs.json.compact())
    for step in recorded.steps { chain = Digest.of(chain + "\n" + step.json.compact()) }
    #expect(recorded.chain == chain)
    #expect(try FakeRun(seed: 8).collect().chain != chain)
  }

  @Test func keepsWhatIsNotComparedOutOfTheChain() throws {
    let a = StepCollector(inputsDigest: "x")
    let b = StepCollector(inputsDigest: "x")
    for (collector, speed) in [(a, Float(1)), (b, 2)] {
      try FakeRun.withTensors([1, 2, 3, 4]) {
        try collector.stepDidEnd(
          StepRecord(stage: "s", step: 1, metrics: [], notCompared: [Metric("seconds", speed)], weights: $0))
      }
    }
    #expect(a.recorded == b.recorded)
  }

  @Test func writesTheLastMetricsAndDigestsInTheResult() throws {
    let temporary = try TemporaryFolder()
    let fake = FakeRun()
    let path = try fake.record(in: temporary.path)
    let json = try JSONParser.parse(try POSIXFile.read(path + "/result.json"))
    let recorded = try fake.collect()
    #expect(json["status"] == "complete" && json["steps"] == 25)
    #expect(json["weights_sha256"]?.string == recorded.results.last?.weights)
    #expect(json["chain"]?.string == recorded.chain)
    #expect(json["metrics"] == StepLine.json(fake.metrics("prioritized", 20)))
    #expect(json["stages"]?.elements?.compactMap { $0["checkpoint"]?.string }.count == 2)
    #expect(try RunResult.read(path + "/result.json").json == json)
    let checkpoint = try CheckpointFile.read(path + "/checkpoints/prioritized.safetensors")
    #expect(checkpoint.weightsSHA256 == recorded.results.last?.weights)
  }

  @Test func writesSamples() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let lines = String(decoding: try POSIXFile.read(path + "/samples.jsonl"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 5)
    let tokens = #""weights":[0.5,1.0],"logp":[-0.25,0.0],"ref_logp":[-1.0,-8.0]}"#
    let text = #""set":"plus1","prompt":"1+1=","answer":"2\n","reward":1.0,"# + tokens
    #expect(lines[0] == #"{"stage":"pretrain","step":5,"# + text)
  }

  @Test func recordsWhyARunFailedAndRemovesAnAbandonedOne() throws {
    let temporary = try TemporaryFolder()
    let fake = FakeRun()
    for hasSteps in [true, false] {
      let folder = try RunFolder.create(
        at: temporary.file("out"), manifest: fake.manifest, sources: fake.sources)
      let recorder = try RunRecorder(folder: folder, manifest: fake.manifest)
      #expect(!recorder.hasSteps)
      if hasSteps {
        try fake.train(recorder)
        #expect(recorder.hasSteps)
        try recorder.finish(.failed("rule: step 3: nil"))
        #expect(try RunReader.read(folder.path).result?.status == .failed("rule: step 3: nil"))
        try POSIXFile.remove(folder.path)
      } else {
        try recorder.abandon()
      }
      #expect(try POSIXFile.list(temporary.path).isEmpty)
    }
  }

  @Test func keepsWhatACancelledRunHas() throws {
    let temporary = try TemporaryFolder()
    let fake = FakeRun()
    let folder = try RunFolder.create(at: temporary.file("out"), manifest: fake.manifest, sources: [])
    var asked = 0
    let recorder = try RunRecorder(folder: folder, manifest: fake.manifest) {
      asked += 1
      return asked > 8
    }
    try fake.train(recorder)
    let result = try recorder.finish(.interrupted)
    #expect(result.steps == 8 && result.stages.map(\.steps) == [5, 3])
    let run = try RunReader.read(folder.path)
    #expect(run.recorded.steps.count == 8 && run.recorded.results.count == 1 && run.chainBreak == nil)
  }

  @Test func readsAKilledRunUpToItsLastWholeLine() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    try POSIXFile.remove(path + "/result.json")
    let bytes = try POSIXFile.read(path + "/metrics.jsonl")
    try POSIXFile.writeAtomically(Array(bytes.dropLast(20)), to: path + "/metrics.jsonl")
    let run = try RunReader.read(path)
    #expect(run.recorded.steps.count == 24 && run.hasTornLine && run.state == .incomplete && run.chainBreak == nil)
  }

  @Test func namesEveryEditedLine() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let metrics = path + "/metrics.jsonl"
    let original = try POSIXFile.read(metrics)
    for line in 1...25 {
      try changeDigit(metrics, line: line, metric: "loss")
      let expected = line <= 5 ? ("pretrain", line) : ("prioritized", line - 5)
      let run = try RunReader.read(path)
      #expect(run.chainBreak == ChainBreak(stage: expected.0, step: expected.1, line: line))
      try POSIXFile.writeAtomically(original, to: metrics)
    }
    try changeDigit(metrics, line: 12, metric: "loss")
    let error = runError { try RunReader.read(path).requireIntact() }
    #expect(error?.exitCode == 1)
    #expect(
      error?.description.contains(
        ":12: step 7 of stage prioritized: the hash chain breaks here: the line was edited after it was written")
        == true)
  }

  @Test func findsRemovedLines() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let metrics = path + "/metrics.jsonl"
    let lines = String(decoding: try POSIXFile.read(metrics), as: UTF8.self).split(separator: "\n")
    try POSIXFile.writeAtomically(lines.dropLast().joined(separator: "\n") + "\n", to: metrics)
    #expect(try RunReader.read(path).chainBreak == ChainBreak(stage: nil, step: nil, line: 24))
    try POSIXFile.writeAtomically((lines[..<7] + lines[8...]).joined(separator: "\n") + "\n", to: metrics)
    let error = RecordError.wrongOrder(path: metrics, line: 8, found: "step 4 of stage prioritized", expected: "step 3")
    #expect(runError { _ = try RunReader.read(path) } == error)
  }

  @Test func namesALineThatIsNotJSON() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let metrics = path + "/metrics.jsonl"
    let text = String(decoding: try POSIXFile.read(metrics), as: UTF8.self)
    try POSIXFile.writeAtomically(text.replacing("\"step\":3,", with: "\"step\":3;"), to: metrics)
    let error = runError { _ = try RunReader.read(path) }
    #expect(error?.description.hasPrefix("\(metrics):3:") == true && error?.exitCode == 5)
    try POSIXFile.writeAtomically(text.replacing("\"kl_k2\":", with: "\"kl_k2\":\"x\",\"y\":"), to: metrics)
    #expect(
      runError { _ = try RunReader.read(path) }?.description.contains("field \"metrics.kl_k2\": found \"x\"") == true)
  }

  @Test func reportsWhatIsNoRun() throws {
    let temporary = try TemporaryFolder()
    #expect(runError { _ = try RunReader.read("no/such") } == RecordError.noRun(path: "no/such"))
    #expect(runError { _ = try RunReader.read(temporary.path) } == RecordError.notARun(path: temporary.path))
  }

  @Test func tellsEveryObserverOfAGroup() throws {
    let first = StepCollector(inputsDigest: "x")
    let second = StepCollector(inputsDigest: "x")
    let group = ObserverGroup([first, second])
    try FakeRun().train(group)
    #expect(first.recorded == second.recorded && first.recorded.steps.count == 25 && !group.isCancelled)
  }
}

@Suite struct ReplayVerifierTests {
  private func difference(_ path: String, _ fake: FakeRun) throws -> ReplayDifference? {
    let verifier = try ReplayVerifier(RunReader.read(path))
    let error = runError {
      try fake.train(verifier)
      try verifier.finish()
    }
    guard case RecordError.replayDifference(let difference)? = error as? RecordError else { return nil }
    return difference
  }

  @Test func verifiesTheSameComputation() throws {
    let temporary = try TemporaryFolder()
    let verifier = try ReplayVerifier(RunReader.read(FakeRun().record(in: temporary.path)))
    try FakeRun().train(verifier)
    try verifier.finish()
    #expect(verifier.stepsVerified == 25)
  }

  @Test func namesTheFirstDifferentValue() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    var fake = FakeRun()
    fake.change = { stage, step, metric in
      let isChanged = stage == "prioritized" && step >= 12 && metric.name == "kl_k2"
      return isChanged ? Metric(metric.name, metric.value.map { $0.nextUp.nextUp }) : metric
    }
    let found = try #require(try difference(path, fake))
    #expect(found.stage == "prioritized" && found.step == 12 && found.name == "kl_k2" && found.ulps == 2)
    #expect(found.chainBreak == nil)
    #expect(found.message.contains("step 12 of stage prioritized: kl_k2: the record says 0.0492 (0x3d498"))
    #expect(RecordError.replayDifference(found).description.contains("2 ulps apart. The record is intact"))
    #expect(RecordError.replayDifference(found).exitCode == 1)
    #expect(found.json["step"] == 12 && found.json["edited"] == false)
  }

  @Test func namesAnEditedValueWithBothValues() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    try changeDigit(path + "/metrics.jsonl", line: 9, metric: "loss")
    let found = try #require(try difference(path, FakeRun()))
    #expect(found.stage == "prioritized" && found.step == 4 && found.name == "loss")
    #expect(found.chainBreak == ChainBreak(stage: "prioritized", step: 4, line: 9))
    #expect(found.recomputed == .number(1 / (Float(4) / 3 + 7)))
    #expect(found.message.contains("The hash chain breaks at this step: the line was edited after it was written"))
  }

  @Test func findsDifferentWeightsWhenAllMetricsAgree() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    var fake = FakeRun(seed: 8)
    let seven = FakeRun()
    fake.change = { stage, step, metric in seven.metrics(stage, step).first { $0.name == metric.name } ?? metric }
    let found = try #require(try difference(path, fake))
    #expect(found.stage == "pretrain" && found.step == 1 && found.name == "weights" && found.ulps == nil)
  }

  @Test func findsMissingAndExtraSteps() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    var fake = FakeRun()
    fake.plan[1] = StageInfo(name: "prioritized", kind: "finetune", steps: 18)
    let short = try #require(try difference(path, fake))
    #expect(short.name == "step" && short.step == 19 && short.recomputed == .missing)
    fake.plan[1] = StageInfo(name: "prioritized", kind: "finetune", steps: 21)
    let long = try #require(try difference(path, fake))
    #expect(long.name == "step" && long.step == 21 && long.recorded == .missing)
    fake.plan[1] = StageInfo(name: "other", kind: "finetune", steps: 20)
    let other = try #require(try difference(path, fake))
    #expect(
      other.recorded == .text("step 1 of stage prioritized") && other.recomputed == .text("step 1 of stage other"))
  }

  @Test func verifiesAKilledRunAsFarAsItGoes() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    try POSIXFile.remove(path + "/result.json")
    let lines = String(decoding: try POSIXFile.read(path + "/metrics.jsonl"), as: UTF8.self).split(separator: "\n")
    try POSIXFile.writeAtomically(lines[..<8].joined(separator: "\n") + "\n", to: path + "/metrics.jsonl")
    let verifier = try ReplayVerifier(RunReader.read(path))
    try FakeRun().train(verifier)
    try verifier.finish()
    #expect(verifier.stepsVerified == 8 && verifier.isCancelled)
  }

  @Test func findsAnEditThatChangesNoValue() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let metrics = path + "/metrics.jsonl"
    let text = String(decoding: try POSIXFile.read(metrics), as: UTF8.self)
    try POSIXFile.writeAtomically(text.replacing("\"kl_k2\":0.0123,", with: "\"kl_k2\":0.01230,"), to: metrics)
    let verifier = try ReplayVerifier(RunReader.read(path))
    try FakeRun().train(verifier)
    let error = RecordError.chainBroken(path: metrics, ChainBreak(stage: "pretrain", step: 3, line: 3))
    #expect(runError { try verifier.finish() } == error)
  }
}
