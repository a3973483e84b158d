import Foundation
import Testing

/// `swerve sweep --sample` and `--halving`.
@Suite struct SweepSearchTests {
  /// Fine-tuning of eight updates, whose logged number depends on an option alone.
  private static let changes = [
    ("alpha = 20 }", "alpha = 20, gain = 1, lr = 1e-4 }"), ("lr = 1e-4, vf", "lr = o.lr, vf"),
    ("updates = 2,", "updates = 8, log = function(t, step) return { gain = o.gain * step } end,"),
    ("episodes = 6, minibatch = 3", "episodes = 4, minibatch = 4"), ("every = 2", "every = 8"),
  ]

  private let halving = ["--halving", "metric=log/gain,steps=2:4", "--out", "s"]

  private func sweep(_ project: TestProject, _ arguments: String...) throws -> Program.Outcome {
    try Program.run(["sweep", "tiny.lua"] + arguments, in: project.folder.url)
  }

  private func sweep(_ project: TestProject, _ arguments: [String]) throws -> Program.Outcome {
    try Program.run(["sweep", "tiny.lua"] + arguments, in: project.folder.url)
  }

  private func steps(_ project: TestProject, _ member: String) throws -> Int {
    try project.folder.text("s/\(member)/metrics.jsonl").split(separator: "\n").count {
      $0.contains("\"stage\":\"tuned\"") && !$0.contains("\"step\":0,")
    }
  }

  @Test func addsMembersWithoutChangingTheFirst() throws {
    let project = try TestProject(Self.changes)
    let ranges = ["--range", "lr=log:1e-5:1e-3", "--range", "gain=linear:0:2", "--list"]
    let three = try sweep(project, ["--sample", "3"] + ranges)
    let four = try sweep(project, ["--sample", "4"] + ranges)
    #expect(three.status == 0 && four.status == 0, "\(three.all)\(four.all)")
    #expect(three.output.split(separator: "\n").count == 3 && four.output.hasPrefix(three.output), "\(four.output)")
    #expect(three.output.contains("--set lr=") && three.output.contains(" --set gain="))
    let other = try sweep(project, ["--sample", "3", "--sample-seed", "2"] + ranges)
    #expect(other.output != three.output)
  }

  @Test func stopsTheWorseHalfAtEachRung() throws {
    let project = try TestProject(Self.changes)
    let grid = ["--grid", "gain=1,4,2,3,0", "--jobs", "3"] + halving
    let outcome = try sweep(project, grid)
    #expect(outcome.status == 0, "\(outcome.all)")
    // Of five members three stay at step 2, and of these two at step 4.
    #expect(try ["1", "4", "2", "3", "0"].map { try steps(project, "gain=\($0),seed=1") } == [2, 8, 4, 8, 2])
    #expect(outcome.errors.contains("halved  gain=1,seed=1 at step 2 with 2"), "\(outcome.errors)")
    #expect(outcome.errors.contains("halved  gain=2,seed=1 at step 4 with 8"), "\(outcome.errors)")
    #expect(outcome.errors.contains("(5/5)") && !outcome.errors.contains("FAILED"), "\(outcome.errors)")
    #expect(outcome.output.contains("STOPPED AT") && outcome.output.contains("step 2"), "\(outcome.output)")
    // Those that stayed have the bits of a run that never stopped.
    try project.record("alone", "--set", "gain=4")
    #expect(try project.digest("s/gain=4,seed=1") == project.digest("alone"))
    let list = try project.run("list", "s")
    #expect(list.output.contains(#/gain=1,seed=1 .* interrupted, halved at step 2 /#), "\(list.all)")
    // Nothing is left to do, and the decisions are as they were.
    let record = try project.folder.text("s/halving.json")
    let again = try sweep(project, grid)
    #expect(again.status == 0 && again.errors.isEmpty, "\(again.all)")
    #expect(try project.folder.text("s/halving.json") == record)
    // A member that was stopped goes on by hand.
    let resumed = try project.run("run", "s/gain=1,seed=1", "--resume", "--quiet")
    #expect(resumed.status == 0, "\(resumed.all)")
    #expect(try steps(project, "gain=1,seed=1") == 8)
    #expect(try sweep(project, grid).output.contains("1     1      -"))
  }

  @Test func decidesTheSameWhateverTheOrderOfJobsAndStops() throws {
    let project = try TestProject(Self.changes)
    let grid = ["--sample", "5", "--range", "gain=linear:0:9", "--halving", "metric=log/gain,steps=2:4"]
    #expect(try sweep(project, grid + ["--jobs", "1", "--out", "one"]).status == 0)
    #expect(try sweep(project, grid + ["--jobs", "4", "--out", "four"]).status == 0)
    let running = try Program.Running(
      ["sweep", "tiny.lua", "--jobs", "2", "--out", "cut"] + grid, in: project.folder.url)
    project.wait(for: "\"kept\"", in: "cut/halving.json")
    running.process.interrupt()
    _ = try running.wait()
    #expect(try sweep(project, grid + ["--jobs", "2", "--out", "cut"]).status == 0)
    let expected = try project.folder.text("one/halving.json")
    #expect(try project.folder.text("four/halving.json") == expected)
    #expect(try project.folder.text("cut/halving.json") == expected)
  }

  @Test func leavesOutMembersThatFail() throws {
    let project = try TestProject(
      Self.changes + [
        (
          "return { gain = o.gain * step }",
          "if o.gain == 9 and step == 2 then error('too much') end return { gain = o.gain * step }"
        )
      ])
    let outcome = try sweep(project, ["--grid", "gain=1,9,2"] + halving)
    #expect(outcome.status == 5, "\(outcome.all)")
    #expect(outcome.errors.contains("FAILED  gain=9,seed=1: ") && outcome.errors.contains("1 of 3 members failed"))
    #expect(try ["1", "2"].map { try steps(project, "gain=\($0),seed=1") } == [2, 8])
    #expect(try project.folder.text("s/halving.json").contains("\"failed\": true"))
  }

  /// As if it had never failed.
  @Test func triesAMemberAgainThatFailedAndDecidesWithIt() throws {
    let project = try TestProject(Self.changes)
    let grid = ["--grid", "gain=1,9,2", "--halving", "metric=log/gain,steps=2:4"]
    try FileManager.default.createDirectory(at: project.folder.file("s"), withIntermediateDirectories: false)
    try project.write("s/gain=9,seed=1", "in the way")
    let first = try sweep(project, grid + ["--out", "s"])
    #expect(first.status == 5 && first.errors.contains("1 of 3 members failed"), "\(first.all)")
    #expect(try project.folder.text("s/halving.json").contains("\"failed\": true"))
    try FileManager.default.removeItem(at: project.folder.file("s/gain=9,seed=1"))
    let second = try sweep(project, grid + ["--out", "s"])
    #expect(second.status == 0 && second.errors.contains("done    gain=9,seed=1"), "\(second.all)")
    #expect(try sweep(project, grid + ["--out", "t"]).status == 0)
    #expect(try project.folder.text("s/halving.json") == project.folder.text("t/halving.json"))
  }

  @Test func noticesARecordThatIsNotThatOfTheRuns() throws {
    let project = try TestProject(Self.changes)
    let grid = ["--grid", "gain=1,4"] + halving
    #expect(try sweep(project, grid).status == 0)
    let more = try sweep(project, ["--grid", "gain=1,4,5"] + halving)
    #expect(more.status == 2 && more.errors.contains("has decisions about other members"), "\(more.all)")
    let other = try sweep(project, ["--grid", "gain=1,4", "--halving", "metric=log/gain,steps=2:5", "--out", "s"])
    #expect(other.status == 2 && other.errors.contains("by another --halving"), "\(other.all)")
  }

  @Test func findsAMistakeBeforeAnythingRuns() throws {
    let project = try TestProject(Self.changes)
    let cases = [
      (["--sample", "2"], "--sample needs ranges"), (["--range", "lr=log:1e-5:1e-3"], "--range needs --sample N"),
      (["--sample", "2", "--range", "lrr=log:1e-5:1e-3"], "did you mean 'lr'?"),
      (["--sample", "2", "--range", "lr=log:1e-5:1e-3", "--grid", "lr=1"], "from --grid and from --range"),
      (["--halving", "metric=success/plsu1,steps=2"], "did you mean 'success/plus1'?"),
      (["--halving", "metric=return,steps=8"], "step 8 is not before the end of stage 'tuned', which has 8"),
      (["--halving", "metric=success/plus1,steps=2"], "first measures success/plus1 after step 8"),
      (["--halving", "metric=return,steps=2,stage=tune"], "did you mean 'tuned'?"),
      (["--halving", "metric=return,steps=2", "--member", "1"], "it goes with neither --list nor --member"),
    ]
    for (arguments, message) in cases {
      let outcome = try sweep(project, arguments)
      #expect([2, 64].contains(outcome.status) && outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
    }
    #expect(!project.folder.exists("runs"))
  }

  @Test func stopsARunAfterAStepOfAStage() throws {
    let project = try TestProject(Self.changes)
    try project.record("whole")
    let first = try project.run("run", "tiny.lua", "--out", "s/x", "--until", "pretrain:2", "--no-cache")
    #expect(first.status == 0 && first.output.contains("interrupted, 2 steps"), "\(first.all)")
    #expect(try project.run("run", "s/x", "--resume", "--until", "3").output.contains("interrupted, 6 steps"))
    #expect(try steps(project, "x") == 3)
    #expect(try project.run("run", "s/x", "--resume", "--quiet").status == 0)
    #expect(try project.folder.text("s/x/result.json") == project.folder.text("whole/result.json"))
    for (until, message) in [
      ("x", "--until needs a step"), ("tune:1", "did you mean 'tuned'?"), ("0", "--until needs a step"),
    ] {
      let wrong = try project.run("run", "tiny.lua", "--out", "y", "--until", until)
      #expect(wrong.status == 2 && wrong.errors.contains(message), "\(wrong.all)")
    }
    #expect(!project.folder.exists("y"))
  }
}
