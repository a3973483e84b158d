import RunFixtures
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveReports
import SwerveTestSupport
import Testing

@Suite struct RunListTests {
  @Test func listsEveryRunWithItsState() throws {
    let temporary = try TemporaryFolder()
    let fake = FakeRun()
    let complete = try fake.record(in: temporary.path)
    let killed = try FakeRun(seed: 8).record(in: temporary.path)
    try POSIXFile.remove(killed + "/result.json")
    let broken = try FakeRun(seed: 9).record(in: temporary.path)
    try POSIXFile.writeAtomically("{", to: broken + "/manifest.json")
    try POSIXFile.makeFolders(temporary.file("not-a-run"))
    try POSIXFile.makeFolders(temporary.file(".swerve-tmp-1-0"))
    let rows = try RunList.scan(temporary.path)
    #expect(rows.map(\.path) == [complete, killed, broken])
    #expect(rows.map(\.state) == [.complete, .incomplete, .unreadable])
    #expect(rows[0].steps == 25 && rows[0].planned == 25 && rows[0].stages == ["pretrain", "prioritized"])
    #expect(rows[1].steps == 25 && rows[1].metrics.count == 4)
    #expect(rows[2].problem?.contains("is not JSON") == true)
    let weights = try #require(try fake.collect().results.last?.weights)
    let lines = RunList.text(rows).split(separator: "\n")
    #expect(lines.count == 4 && lines[0].hasPrefix("RUN") && !lines.contains { $0.hasSuffix(" ") })
    #expect(lines[1].contains(/7     pretrain,prioritized  25     complete    0\.?\d* s +[0-9a-f]{8}  loss=/))
    #expect(lines[1].contains("  \(weights.prefix(8))  loss="))
    #expect(RunList.json(rows).elements?[0]["weights_sha256"]?.string == weights)
  }

  @Test func showsTheMetricsFirstThatPeopleLookFor() {
    func shown(_ metrics: [Metric]) -> String {
      let stage = RunRow.Stage(name: "s", planned: 1, steps: 1, metrics: metrics)
      let row = RunRow(
        path: "p", name: "p", seed: 1, progress: [stage], state: .complete, problem: nil, weightsSHA256: nil,
        origin: [], options: [])
      return RunList.text([row]).split(separator: "\n")[1].split(separator: "  ").last.map(String.init) ?? ""
    }
    let classified = [
      Metric("loss", 0.5), Metric("micro_f1/test/leaf", 0.9), Metric("hf1/test/leaf", 0.8),
      Metric("leaf_accuracy/test/leaf", 0.7), Metric("hf1_auc/test", 0.95),
    ]
    #expect(shown(classified) == "hf1_auc/test=0.95 leaf_accuracy/test/leaf=0.7 hf1/test/leaf=0.8")
    let tuned = [
      Metric("loss", 0.5), Metric("return", 0.25), Metric("success/train", nil), Metric("success/plus1", 0.75),
    ]
    #expect(shown(tuned) == "success/plus1=0.75 return=0.25 loss=0.5")
  }

  @Test func rejectsAMissingFolder() {
    #expect(
      runError { _ = try RunList.scan("no/such") }?.description == "cannot list no/such: No such file or directory")
  }

  @Test func showsFirstAndLastValuesInASummary() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let summary = RunSummary(try RunReader.read(path))
    #expect(summary.stages.map(\.name) == ["pretrain", "prioritized"] && summary.stages.map(\.steps) == [5, 20])
    let critical = try #require(summary.stages[1].spans.first { $0.name == "critical_step_k" })
    #expect(critical.firstStep == 1 && critical.lastStep == 19 && critical.last == Float(19) / 3)
    let text = summary.text()
    let lines = text.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("hash chain") && $0.contains("  intact, ") })
    #expect(lines.contains { $0.hasPrefix("option digits") && $0.hasSuffix("  5") })
    #expect(lines.contains { $0.hasPrefix("date") && $0.hasSuffix("  2026-01-02") })
    #expect(text.contains("stage prioritized, 20 steps\n"))
    #expect(summary.json["stages"]?.elements?[1]["metrics"]?.elements?.count == 4)
    try changeDigit(path + "/metrics.jsonl", line: 3, metric: "loss")
    let edited = RunSummary(try RunReader.read(path))
    #expect(
      edited.text().contains("step 3 of stage pretrain: the hash chain breaks here") && edited.json["intact"] == false)
  }
}
