import Foundation
import Testing

/// The main job at its smallest: run, replay, bless, test.
@Suite struct ExperimentTests {
  @Test func givesOneDigestAtAnyNumberOfThreads() throws {
    let project = try TestProject()
    for (name, threads) in [("a", "1"), ("b", "3"), ("c", "1"), ("d", "3")] {
      try project.record(name, "--threads", threads)
    }
    let digest = try project.digest("a")
    for name in ["b", "c", "d"] { #expect(try project.digest(name) == digest) }
    let replay = try project.run("replay", "a", "--threads", "2")
    #expect(replay.status == 0)
    #expect(replay.output == "replayed 5 steps: identical\n")
    let diff = try project.run("diff", "a", "b")
    #expect(diff.status == 0)
    #expect(diff.output.hasPrefix("no difference in 5 steps\n"))
  }

  @Test func showsTheResults() throws {
    let project = try TestProject()
    let outcome = try project.run("run", "tiny.lua", "--seed", "3")
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("METRIC"))
    for part in ["BEFORE", "AFTER tuned", "success/comfort", "success/plus1", "runs/tiny-3-", "complete, 5 steps"] {
      #expect(outcome.output.contains(part))
    }
    #expect(outcome.errors.hasPrefix("next: swerve replay runs/tiny-3-"))
    let list = try project.run("list")
    #expect(list.output.contains("runs/tiny-3-") && list.output.contains("complete"))
    #expect(
      try project.run("run", "tiny.lua", "--json", "--out", "j").output.hasPrefix("{\"run\":\"j\",\"name\":\"tiny\""))
    #expect(try project.run("show", "j").output.contains(/hash chain +intact/))
  }

  @Test func reportsAnotherSeedAsADifference() throws {
    let project = try TestProject()
    try project.record("a")
    try project.record("b", "--seed", "2")
    let diff = try project.run("diff", "a", "b")
    #expect(diff.status == 1)
    #expect(diff.output.contains("\nstep 1 of stage pretrain: loss: "))
    #expect(diff.output.contains("  another seed: 1 against 2\n"))
  }

  @Test func listsRunsOfATaskByItsName() throws {
    let project = try TestProject()
    try project.record("runs/a")
    try project.record("runs/b", "--set", "alpha=5")
    let kept = try project.run("list", "--where", "alpha > 10 and task = \"addition\"", "--columns", "name,task,alpha")
    #expect(kept.output.contains("runs/a  tiny  addition  20"), "\(kept.all)")
    #expect(!kept.output.contains("runs/b"))
    #expect(try project.run("list", "--csv").output.contains(",task,"))
    #expect(try project.run("list", "--json").output.contains("\"task\":\"addition\""))
    let none = try project.run("list", "--where", "task = \"sorting\"")
    #expect(none.status == 0 && none.errors.contains("none of the 2 runs"), "\(none.all)")
  }

  @Test func findsEditedMetricsByReplay() throws {
    let project = try TestProject()
    try project.record("a")
    let (old, new) = try project.changeLoss("a/metrics.jsonl", line: 2)
    let replay = try project.run("replay", "a")
    #expect(replay.status == 1)
    #expect(
      replay.errors.hasPrefix(
        "swerve: error: a/metrics.jsonl:2: step 2 of stage pretrain: loss: the record says \(new)"))
    #expect(replay.errors.contains("the re-execution gives \(old) ("))
    let json = try project.run("replay", "a", "--json")
    #expect(json.status == 1)
    #expect(
      json.output.contains(
        "\"difference\":{\"run\":\"a/metrics.jsonl\",\"stage\":\"pretrain\",\"step\":2,\"name\":\"loss\""))
  }

  @Test func failsTheTestOfAGoldenWithAnotherDigit() throws {
    let project = try TestProject()
    try project.record("a")
    #expect(try project.run("bless", "a", "--reason", "a test").output.hasSuffix("/golden/tiny.jsonl\n"))
    let same = try project.run("test")
    #expect(same.status == 0)
    #expect(same.output == "ok tiny (5 steps)\n1 passed, 0 failed\n")

    let (old, new) = try project.changeLoss("golden/tiny.jsonl", line: 4)
    let inCI = try project.run("test", environment: ["CI": "true"])
    #expect(inCI.status == 1)
    #expect(try project.folder.names("golden") == ["tiny.jsonl"])
    let different = try project.run("test")
    #expect(different.status == 1)
    #expect(different.output.hasPrefix("FAILED tiny\n  step 3 of stage pretrain: loss: \(new)"))
    #expect(different.output.contains(" against \(old) ("))
    #expect(different.output.contains("to accept it: swerve test "))
    #expect(different.output.hasSuffix("0 passed, 1 failed\n"))
    #expect(try project.folder.names("golden") == ["tiny.jsonl", "tiny.new.jsonl"])
  }

  @Test func neverPassesWhenRecordingAGolden() throws {
    let project = try TestProject()
    try project.record("a")
    #expect(try project.run("bless", "a", "--reason", "a test").status == 0)
    try project.edit("tiny.lua", "alpha = 20", "alpha = 10")
    let blessed = try project.run("test", "tiny.lua", "--bless", "--reason", "a smaller alpha")
    #expect(blessed.status == 1)
    #expect(blessed.output.hasPrefix("BLESSED tiny (5 steps): recorded "))
    #expect(blessed.errors.contains("recording never counts as a pass"))
    #expect(try project.folder.text("golden/tiny.jsonl").contains("\"reason\":\"a smaller alpha\""))
    #expect(try project.run("test").status == 0)
    let refused = try project.run("bless", "a", "--reason", "in CI", environment: ["CI": "1"])
    #expect(refused.status == 2)
  }

  @Test func writesACheckpointAtTheFirstInterrupt() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try Program.Running(["run", "tiny.lua", "--out", "a", "--threads", "1"], in: project.folder.url)
    project.wait(for: "\"step\":2,", in: "a/metrics.jsonl")
    running.process.interrupt()
    let outcome = try running.wait()
    #expect(outcome.status == 130)
    #expect(outcome.errors.contains("interrupted: finishing this step"))
    #expect(outcome.output.contains("status      interrupted, "))
    #expect(try project.folder.names("a/checkpoints").contains { $0.hasPrefix("pretrain@") })
    #expect(try project.run("replay", "a").status == 0)
  }
}
