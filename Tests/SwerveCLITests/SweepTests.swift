import Foundation
import Testing

/// A grid of options and seeds, each member a run of its own.
@Suite struct SweepTests {
  @Test func runsOtherMembersAfterAFailureAndRepeatsOnlyWhatIsLeft() throws {
    let project = try TestProject([
      (
        "alpha = 20 }",
        "alpha = 20 }\nlocal function rate(step)\n  if o.alpha == 5 then error(\"too small\") end\n  return 1e-4\nend"
      ),
      ("minibatch = 3, lr = 1e-4", "minibatch = 3, lr = rate"),
    ])
    let sweep = ["sweep", "tiny.lua", "--grid", "alpha=5,20", "--seeds", "1..2", "--out", "s", "--jobs", "2"]
    let first = try Program.run(sweep, in: project.folder.url)
    #expect(first.status == 5)
    #expect(first.errors.contains("done    alpha=20,seed=2"), "\(first.errors)")
    #expect(first.errors.contains("FAILED  alpha=5,seed=1: "), "\(first.errors)")
    #expect(first.errors.contains("too small"))
    #expect(first.errors.contains("2 of 4 members failed: alpha=5,seed=1; alpha=5,seed=2"))
    let lines = first.output.split(separator: "\n")
    #expect(lines[0].hasPrefix("ALPHA  SEEDS  TUNED SUCCESS/TRAIN  TUNED SUCCESS/COMFORT  TUNED SUCCESS/PLUS1"))
    #expect(lines[1].hasPrefix("5      0/2    -"))
    #expect(lines[2].hasPrefix("20     2      0."))
    // The same bits as a run by itself.
    try project.record("alone", "--seed", "2")
    #expect(try project.digest("s/alpha=20,seed=2") == project.digest("alone"))
    let again = try Program.run(sweep, in: project.folder.url)
    #expect(!again.errors.contains("alpha=20"))
    #expect(again.errors.contains("2 of 4 members failed"))
  }

  @Test func rejectsASweepWhoseScriptWasEdited() throws {
    let project = try TestProject()
    func sweep(_ seeds: String, _ rest: String...) throws -> Program.Outcome {
      try Program.run(["sweep", "tiny.lua", "--seeds", seeds, "--out", "s"] + rest, in: project.folder.url)
    }
    #expect(try sweep("1..2").status == 0)
    let result = try project.digest("s/seed=1")
    try project.edit("tiny.lua", "batch = 8", "batch = 9")
    let edited = try sweep("1..3")
    #expect(edited.status == 5, "\(edited.all)")
    #expect(
      edited.errors.contains("the sweep's member seed=1 is there already, made of other inputs: another script"),
      "\(edited.errors)")
    #expect(edited.errors.contains("hint: give the sweep another --out"))
    #expect(try project.folder.names("s") == ["seed=1", "seed=1.log", "seed=2", "seed=2.log", "sweep.json"])
    #expect(try sweep("1..3", "--list").status == 5)
    // As it was, only the new seed is run.
    try project.edit("tiny.lua", "batch = 9", "batch = 8")
    let more = try sweep("1..3")
    #expect(more.status == 0 && more.errors == "done    seed=3  (3/3)\n", "\(more.all)")
    #expect(try project.digest("s/seed=1") == result)
    let limited = try sweep("1..3", "--limit", "memory=32M")
    #expect(limited.status == 5 && limited.errors.contains("another limit memory_bytes"), "\(limited.errors)")
  }

  /// Of a script that only pre-trains, the default metrics are none.
  @Test func countsMembersWithoutTheMetricAsComplete() throws {
    let project = try TestProject([
      ("updates = 2", "updates = 1"), ("eval = { every = 2, sets = { comfort = 2, plus1 = 2 } },", ""),
    ])
    let sweep = try Program.run(
      ["sweep", "tiny.lua", "--out", "s", "--metric", "succes/*"], in: project.folder.url)
    #expect(sweep.status == 0, "\(sweep.all)")
    #expect(sweep.output.hasPrefix("SEEDS\n1\n"), "\(sweep.output)")
    #expect(sweep.errors.contains("no member has a metric succes/*; they have loss, "), "\(sweep.errors)")
    let json = try Program.run(
      ["sweep", "tiny.lua", "--out", "s", "--metric", "succes/*", "--json"], in: project.folder.url)
    #expect(json.output.contains("\"complete\":1,\"seeds\":1"), "\(json.output)")
  }

  @Test func listsACommandAndANumberForEveryMember() throws {
    let project = try TestProject()
    let sweep = ["sweep", "tiny.lua", "--grid", "alpha=1,2", "--seeds", "3..4", "--out", "s"]
    let list = try Program.run(sweep + ["--list"], in: project.folder.url)
    let expected =
      "swerve run tiny.lua --set alpha=1 --seed 4 --out s/alpha=1,seed=4 --math exact --quiet --json --threads 1"
    #expect(list.output.split(separator: "\n").map(String.init)[1] == expected)
    #expect(!project.folder.exists("s"))
    let one = try Program.run(sweep + ["--member", "2"], in: project.folder.url)
    #expect(one.status == 0 && one.errors.isEmpty, "\(one.errors)")
    #expect(try project.folder.names("s") == ["alpha=1,seed=4"])
    let again = try Program.run(sweep + ["--member", "2"], in: project.folder.url)
    #expect(again.status == 0 && again.all.isEmpty, "\(again.all)")
    let none = try Program.run(sweep + ["--member", "5"], in: project.folder.url)
    #expect(none.status == 2 && none.errors.contains("--member must be in 1...4, got 5"))
  }

  /// 150 000 turns are more instructions than that, and fewer than the default.
  @Test func enforcesLimitsOfScriptsInEveryMember() throws {
    let project = try TestProject([
      ("minibatch = 3, lr = 1e-4", "minibatch = 3, lr = function() for i = 1, 150000 do end return 1e-4 end")
    ])
    let sweep = ["sweep", "tiny.lua", "--grid", "alpha=1,2", "--jobs", "2", "--out"]
    let limit = ["--limit", "instructions=100k", "--limit", "memory=32M"]
    let list = try Program.run(sweep + ["s", "--list"] + limit, in: project.folder.url)
    #expect(
      list.output.contains(
        "swerve run tiny.lua --set alpha=2 --limit instructions=100000 --limit memory=33554432 --seed 1 --out "))
    let low = try Program.run(sweep + ["s"] + limit, in: project.folder.url)
    #expect(low.status == 5)
    #expect(
      low.errors.contains("FAILED  alpha=2,seed=1: ") && low.errors.contains("the instruction limit of 100000"),
      "\(low.errors)")
    let high = try Program.run(sweep + ["t", "--limit", "instructions=1M"], in: project.folder.url)
    #expect(high.status == 0, "\(high.errors)")
    let wrong = try Program.run(sweep + ["u", "--limit", "memry=1G"], in: project.folder.url)
    #expect(wrong.status == 2 && wrong.errors.contains("did you mean 'memory'?"), "\(wrong.errors)")
    #expect(!project.folder.exists("u"))
  }

  @Test func findsAMistakeBeforeAnythingRuns() throws {
    let project = try TestProject()
    let cases = [
      (["--grid", "alhpa=1,2"], "did you mean 'alpha'"), (["--grid", "alpha=1,1"], "1 is there twice"),
      (["--grid", "alpha"], "--grid needs KEY=V1,V2"), (["--seeds", "5..1"], "--seeds needs A..B"),
      (["--grid", "alpha=1,x"], "--set alpha=x: must be a number"),
    ]
    for (arguments, message) in cases {
      let outcome = try Program.run(["sweep", "tiny.lua"] + arguments, in: project.folder.url)
      #expect(outcome.status == 2 && outcome.errors.contains(message), "\(outcome.errors)")
    }
    #expect(!project.folder.exists("runs"))
  }

  /// As the script's options hold them: one number however it is written, but two texts.
  @Test func comparesTheValuesOfAGrid() throws {
    let project = try TestProject([
      ("alpha = 20 }", "alpha = 20, rate = 0.5, name = \"a\" }\nassert(o.rate and o.name)")
    ])
    func sweep(_ grid: String...) throws -> Program.Outcome {
      try Program.run(
        ["sweep", "tiny.lua", "--list"] + grid.flatMap { ["--grid", $0] }, in: project.folder.url)
    }
    let cases = [
      ("rate=1e-3,1,0.001", "1e-3 and 0.001 are the same value, 0.001"),
      ("alpha=1,2,1.0", "1 and 1.0 are the same value, 1"),
      ("alpha=1e1,10", "1e1 and 10 are the same value, 10"), ("rate=1,1e0", "1 and 1e0 are the same value, 1.0"),
      ("rate=9007199254740993,9007199254740992", "are the same value, 9007199254740992.0"),
    ]
    for (grid, message) in cases {
      let outcome = try sweep("digits=1,2", grid)
      #expect(outcome.status == 2 && outcome.errors.contains(message), "\(outcome.all)")
      #expect(outcome.errors.contains("--grid \(grid.split(separator: "=")[0])=: "), "\(outcome.errors)")
    }
    for grid in ["name=1,1.0,1e0", "name=e\u{301},\u{E9}", "rate=0.1,0.10000001"] {
      let outcome = try sweep(grid)
      #expect(outcome.status == 0, "\(outcome.all)")
      #expect(outcome.output.split(separator: "\n").count == grid.split(separator: ",").count)
    }
  }

  /// A rate of one seed has an interval over its episodes; "values" has a place for every seed.
  @Test func showsOverHowMuchTheNumbersOfATableAre() throws {
    let project = try TestProject()
    let one = try Program.run(["sweep", "tiny.lua", "--out", "s", "--metric", "success/plus1"], in: project.folder.url)
    #expect(one.output.contains(/\n1      0\.\d{3} \[0\.\d\d, [01]\.\d\d\]\n/), "\(one.output)")
    #expect(
      try Program.run(["sweep", "tiny.lua", "--out", "s", "--seeds", "1..3"], in: project.folder.url).status == 0)
    try FileManager.default.removeItem(at: project.folder.file("s/seed=2"))
    let json = try project.run("sweep", "s", "--metric", "success/plus1", "--json")
    #expect(json.output.contains(/"n":2,"values":\[[0-9.]+,null,[0-9.]+\]/), "\(json.output)")
  }

  @Test func runsMembersSideBySideButNotTheSameSweepTwice() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let sweep = ["sweep", "tiny.lua", "--seeds", "1..2", "--out", "s", "--jobs", "1"]
    func start(_ arguments: [String], until name: String) throws -> Program.Running {
      let running = try Program.Running(sweep + arguments, in: project.folder.url)
      project.wait(for: "\"step\":1,", in: "s/\(name)/metrics.jsonl")
      return running
    }
    let jobs = [
      try start(["--member", "1"], until: "seed=1"), try start(["--member", "2"], until: "seed=2"),
    ]
    #expect(project.folder.exists("s/seed=1/manifest.json") && project.folder.exists("s/seed=2/manifest.json"))
    let whole = try Program.run(sweep, in: project.folder.url)
    #expect(whole.status == 6 && whole.errors.contains("another process is running the sweep s"), "\(whole.all)")
    for job in jobs { job.process.interrupt() }
    for job in jobs { #expect(try job.wait().status == 130) }
  }

  /// The folder is enough, from anywhere, and a look runs nothing.
  @Test func showsAndRunsMembersOfASweepByItsFolder() throws {
    let project = try TestProject()
    let sweep = ["sweep", "tiny.lua", "--grid", "alpha=1,2", "--seeds", "3..4", "--out", "s"]
    let first = try Program.run(sweep, in: project.folder.url)
    #expect(first.status == 0, "\(first.all)")
    let folder = project.folder.file("s").path
    let look = try Program.run(["sweep", folder])
    #expect(look.status == 0 && look.errors.isEmpty, "\(look.all)")
    #expect(look.output == first.output.replacingOccurrences(of: "sweep  s\n", with: "sweep  \(folder)\n"))
    let digest = try project.digest("s/alpha=2,seed=3")
    try FileManager.default.removeItem(at: project.folder.file("s/alpha=2,seed=3"))
    // Of an edited script no member starts.
    try project.edit("tiny.lua", "batch = 8", "batch = 9")
    let edited = try Program.run(["sweep", folder, "--member", "3"])
    #expect(edited.status == 5 && edited.errors.contains("tiny.lua is not what it was when the sweep"), "\(edited.all)")
    try project.edit("tiny.lua", "batch = 9", "batch = 8")
    let member = try Program.run(["sweep", folder, "--member", "3"])
    #expect(member.status == 0 && member.errors.isEmpty, "\(member.all)")
    #expect(try project.digest("s/alpha=2,seed=3") == digest)
    let wrong = try Program.run(["sweep", folder, "--seeds", "1..9"])
    #expect(wrong.status == 2 && wrong.errors.contains("--seeds goes with a script"), "\(wrong.all)")
    #expect(try Program.run(["sweep", project.folder.url.path]).errors.contains("it has no sweep.json"))
  }

  /// A scheduler may start a job again while the first one goes on.
  @Test func countsAMemberThatAnotherProcessWritesAsNoFailure() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try Program.Running(["run", "tiny.lua", "--out", "s/seed=1"], in: project.folder.url)
    project.wait(for: "\"step\":2,", in: "s/seed=1/metrics.jsonl")
    let member = try project.run("sweep", "tiny.lua", "--out", "s", "--member", "1")
    #expect(member.status == 6 && member.errors.contains("another process is writing the run"), "\(member.all)")
    let whole = try project.run("sweep", "tiny.lua", "--out", "s")
    #expect(whole.status == 6 && whole.errors.contains("busy    seed=1: "), "\(whole.all)")
    #expect(!whole.errors.contains("failed"))
    running.process.terminate()
    #expect(try running.wait().status == 130)
  }

  /// Slurm signals every process of a job, and a user may signal twice.
  @Test(arguments: [SIGUSR1, SIGTERM])
  func leavesACheckpointOfAMemberThatIsSignalledTwiceAtOnce(signal: Int32) throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let member = try Program.Running(["sweep", "tiny.lua", "--out", "s", "--member", "1"], in: project.folder.url)
    project.wait(for: "\"step\":2,", in: "s/seed=1/metrics.jsonl")
    kill(member.process.processIdentifier, signal)
    usleep(20_000)
    kill(member.process.processIdentifier, SIGTERM)
    #expect(try member.wait().status == 130)
    #expect(try project.folder.text("s/seed=1/result.json").contains("interrupted"))
    #expect(!project.folder.exists("s/seed=1/.writer"))
  }

  @Test func endsMembersWhenTheirSweepIsKilled() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let sweep = try Program.Running(["sweep", "tiny.lua", "--out", "s", "--jobs", "1"], in: project.folder.url)
    project.wait(for: "\"step\":2,", in: "s/seed=1/metrics.jsonl")
    kill(sweep.process.processIdentifier, SIGKILL)
    _ = try sweep.wait()
    for _ in 0..<600 {
      if project.folder.exists("s/seed=1/result.json") { break }
      usleep(20_000)
    }
    #expect(try project.folder.text("s/seed=1/result.json").contains("interrupted"))
  }
}
