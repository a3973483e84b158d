import Foundation
import SwerveTestSupport
import Testing

/// A stage that keeps its best step and stops early, as records, replays, goldens and later commands see it.
@Suite struct StageEndingTests {
  /// Pre-training whose steps 4 and later make the model worse, which stops at step 5 of 9.
  private static let changes = [
    (
      "steps = 3, batch = 8, lr = 1e-3,",
      """
      steps = 9, batch = 8, lr = function(step) return step < 4 and 1e-2 or 1 end, keep = { best = "loss" },
        stop_when = function(metrics, step, state)
          state.seen = (state.seen or 0) + 1
          return state.seen == 5, "the loss grows"
        end,
      """
    ),
    ("updates = 2", "updates = 4, keep = { best = \"success/plus1\" }"),
  ]

  private func project(_ more: [(String, String)] = []) throws -> TestProject { try TestProject(Self.changes + more) }

  private func result(_ project: TestProject, _ run: String) throws -> [[String: Any]] {
    let data = try Data(contentsOf: project.folder.file(run + "/result.json"))
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    return try #require(object["stages"] as? [[String: Any]])
  }

  private func weights(_ project: TestProject, _ run: String, step: Int) throws -> String {
    let line = try #require(
      project.folder.text(run + "/metrics.jsonl").split(separator: "\n").first {
        $0.contains("\"stage\":\"pretrain\",\"step\":\(step),")
      })
    return try String(#require(line.firstMatch(of: #/"weights":"([0-9a-f]+)"/#)).1)
  }

  @Test func recordsTheReasonTheBestStepAndBothDigests() throws {
    let project = try project()
    try project.record("run")
    let stage = try result(project, "run")[0]
    #expect(stage["steps"] as? Int == 5 && stage["stopped"] as? String == "the loss grows")
    let best = try #require(stage["best"] as? [String: Any])
    #expect(best["metric"] as? String == "loss" && best["mode"] as? String == "min")
    let step = try #require(best["step"] as? Int)
    #expect(step < 5)
    #expect(stage["weights_sha256"] as? String == (try weights(project, "run", step: step)))
    #expect(stage["last_weights_sha256"] as? String == (try weights(project, "run", step: 5)))
    let show = try project.run("show", "run")
    #expect(show.output.contains("  stopped at step 5 of 9: the loss grows\n"), "\(show.all)")
    #expect(show.output.contains("  best step \(step): min of loss, "), "\(show.all)")
    #expect(show.output.contains(": max of success/plus1, "), "\(show.all)")
    let list = try project.run("list", ".")
    #expect(list.output.contains("complete, pretrain stopped at step 5 of 9"), "\(list.all)")
    #expect(try project.run("show", "run", "--check").status == 0)
  }

  @Test func replaysToTheSameEndFromAnyCheckpoint() throws {
    let project = try project()
    try project.record("run", "--checkpoint-every", "2", "--keep-checkpoints")
    for arguments in [
      [], ["--from", "2", "--stage", "pretrain"], ["--from", "5"], ["--from", "3", "--stage", "tuned"],
    ] {
      let outcome = try Program.run(["replay", "run"] + arguments, in: project.folder.url)
      #expect(outcome.status == 0, "\(arguments): \(outcome.all)")
    }
  }

  @Test func tellsAnotherReasonAndAnotherEndFromTheRecord() throws {
    let project = try project()
    try project.record("a")
    try project.edit("tiny.lua", "the loss grows", "the loss has grown")
    try project.record("b")
    let diff = try project.run("diff", "a", "b")
    #expect(diff.status == 1 && diff.output.contains("stopped"), "\(diff.all)")
    #expect(diff.output.contains("the loss grows") && diff.output.contains("the loss has grown"), "\(diff.all)")
    try project.edit("tiny.lua", "state.seen == 5", "state.seen == 6")
    try project.record("c")
    #expect(try project.run("diff", "a", "c").status == 1)
  }

  @Test func resumesToTheSameBits() throws {
    let project = try project()
    try project.record("whole", "--no-cache")
    for step in 1...5 {
      // Ends as if it was interrupted: a failure of the hook, which is then put right in the copy of the script.
      let run = "part\(step)"
      let running = try Program.Running(
        ["run", "tiny.lua", "--out", run, "--quiet", "--no-cache", "--checkpoint-every", "\(step)"],
        in: project.folder.url)
      project.wait(for: "\"step\":\(step),", in: run + "/metrics.jsonl")
      running.process.interrupt()
      _ = try running.wait()
      let outcome = try project.run("run", run, "--resume", "--quiet")
      #expect(outcome.status == 0, "\(outcome.all)")
      #expect(try project.folder.text(run + "/result.json") == project.folder.text("whole/result.json"))
    }
  }

  @Test func reproducesItInAGolden() throws {
    let project = try project()
    try project.record("run")
    #expect(try project.run("bless", "run", "--reason", "first").status == 0)
    let golden = try project.folder.text("golden/tiny.jsonl")
    #expect(golden.contains("\"stopped\":\"the loss grows\"") && golden.contains("\"best\":{\"pretrain\":"))
    let test = try project.run("test", environment: ["CI": "1"])
    #expect(test.status == 0, "\(test.all)")
    // A result of another step is an edit.
    let last = try weights(project, "run", step: 5)
    let best = try #require(result(project, "run")[0]["weights_sha256"] as? String)
    try project.edit("golden/tiny.jsonl", "\"result\":{\"pretrain\":\"\(best)", "\"result\":{\"pretrain\":\"\(last)")
    #expect(try project.run("test", environment: ["CI": "1"]).status != 0)
  }

  @Test func showsTheBestStepInTheTablesOfRunsAndSweeps() throws {
    let project = try project([
      ("updates = 4, keep = { best = \"success/plus1\" }", "updates = 4, keep = { best = \"log/x\" }, log = rise"),
      ("local o = ", "local function rise(t, step) return { x = step == 2 and 1 or 0, y = step } end\nlocal o = "),
    ])
    let run = try project.run("run", "tiny.lua", "--out", "run")
    #expect(run.output.contains("(step 2)"), "\(run.all)")
    #expect(run.output.contains("stopped     stage pretrain at step 5 of 9: the loss grows"), "\(run.all)")
    let sweep = try project.run("sweep", "tiny.lua", "--out", "s", "--metric", "log/y")
    #expect(sweep.output.contains(/\n1 +2\.000\n/), "\(sweep.all)")
    // What a model is measured with is the checkpoint, whose digest is that of the best step.
    #expect(
      try result(project, "run")[1]["weights_sha256"] as? String != result(project, "run")[1]["last_weights_sha256"]
        as? String)
  }

  @Test func takesAStageThatStoppedFromTheCache() throws {
    let project = try project()
    try project.record("first")
    let second = try project.run("run", "tiny.lua", "--out", "second")
    #expect(second.status == 0 && second.all.contains("pretrain"), "\(second.all)")
    #expect(try project.folder.text("second/result.json") == project.folder.text("first/result.json"))
    try project.edit("tiny.lua", "state.seen == 5", "state.seen == 3")
    try project.record("third")
    #expect(try result(project, "third")[0]["steps"] as? Int == 3)
    try project.edit("tiny.lua", "best = \"loss\"", "best = \"loss\", mode = \"max\"")
    try project.record("fourth")
    #expect(
      try result(project, "fourth")[0]["weights_sha256"] as? String != result(project, "third")[0]["weights_sha256"]
        as? String)
  }

  @Test func checkFindsAMistakeInStopWhen() throws {
    let project = try project([("return state.seen == 5", "local done = state.seen == 5")])
    let outcome = try project.run("check", "tiny.lua")
    #expect(outcome.status == 3, "\(outcome.all)")
    #expect(outcome.errors.contains("hook 'stop_when' of stage 'pretrain' at step 1: "), "\(outcome.errors)")
    #expect(outcome.errors.contains("found by calling every hook once"), "\(outcome.errors)")
  }
}
