import Foundation
import Testing

/// Sweeps on a real Slurm cluster.
@Suite(.enabled(if: Cluster.missing == nil, "no Slurm: \(Cluster.missing ?? "")")) struct SlurmTests {
  private func sweep(_ cluster: Cluster, _ project: TestProject, _ arguments: [String]) throws -> Program.Outcome {
    try Program.run(["sweep"] + arguments, in: project.folder.url, environment: cluster.environment)
  }

  private func start(_ cluster: Cluster, _ project: TestProject, _ arguments: [String]) throws -> Program.Running {
    try Program.Running(["sweep"] + arguments, in: project.folder.url, environment: cluster.environment)
  }

  /// In a folder whose name a shell or Slurm could misread.
  @Test func givesTheTableOfALocalSweepAndNamesTheMemberThatFails() throws {
    let cluster = try Cluster()
    let project = try TestProject([
      (
        "alpha = 20 }",
        "alpha = 20 }\nlocal function rate(step)\n  if o.alpha == 5 then error(\"too small\") end\n  return 1e-4\nend"
      ),
      ("minibatch = 3, lr = 1e-4", "minibatch = 3, lr = rate"),
    ])
    let grid = ["tiny.lua", "--grid", "alpha=1,5,20", "--seeds", "1..2"]
    let local = try sweep(cluster, project, grid + ["--out", "local"])
    let folder = "on 100% 'Slurm'"
    let first = try sweep(cluster, project, grid + ["--out", folder, "--slurm", "--throttle", "4"])
    #expect(first.status == 5 && local.status == 5, "\(first.all)")
    #expect(first.errors.contains("submitted 6 members as job "), "\(first.errors)")
    #expect(first.errors.contains("FAILED  alpha=5,seed=2: ") && first.errors.contains("too small"), "\(first.errors)")
    #expect(first.errors.contains("2 of 6 members failed: alpha=5,seed=1; alpha=5,seed=2"), "\(first.errors)")
    #expect(first.errors.contains("(6/6)"), "\(first.errors)")
    func table(_ outcome: Program.Outcome) -> [Substring] { outcome.output.split(separator: "\n").dropLast() }
    #expect(table(first) == table(local) && table(first).count == 4, "\(first.output)")
    #expect(try project.digest("\(folder)/alpha=20,seed=2") == project.digest("local/alpha=20,seed=2"))
    // What failed is tried again, and nothing else.
    let again = try sweep(cluster, project, [folder, "--slurm"])
    #expect(again.status == 5 && again.errors.contains("submitted 2 members as job "), "\(again.errors)")
    #expect(!again.errors.contains("alpha=20"), "\(again.errors)")
    try cluster.checkShell(project.folder.file("\(folder)/slurm/batch-1.sh").path)
    let look = try sweep(cluster, project, [folder])
    #expect(look.status == 5 && table(look) == table(local) && look.errors.contains("too small"), "\(look.all)")
  }

  @Test func goesOnFromTheCheckpointOfACancelledMemberToTheSameBits() throws {
    let cluster = try Cluster()
    let project = try TestProject([("steps = 3", "steps = 120")])
    try project.record("alone")
    let running = try start(cluster, project, ["tiny.lua", "--out", "s", "--slurm"])
    project.wait(for: "\"step\":5,", in: "s/seed=1/metrics.jsonl")
    try cluster.run("scancel", "--user=\(NSUserName())")
    let stopped = try running.wait()
    #expect(stopped.status == 130 && stopped.errors.contains("stopped seed=1: CANCELLED"), "\(stopped.all)")
    #expect(try project.folder.text("s/seed=1/result.json").contains("\"interrupted\""))
    #expect(project.folder.exists("s/seed=1/checkpoints/position.json"))
    let more = try sweep(cluster, project, ["tiny.lua", "--out", "s", "--slurm"])
    #expect(more.status == 0, "\(more.all)")
    #expect(try project.digest("s/seed=1") == project.digest("alone"))
    let nothing = try sweep(cluster, project, ["s", "--slurm"])
    #expect(nothing.status == 0 && nothing.errors.isEmpty, "\(nothing.all)")
  }

  /// Slurm starts the job again elsewhere.
  @Test func goesOnElsewhereWhenAMachineLosesPower() throws {
    let cluster = try Cluster()
    let project = try TestProject([("steps = 3", "steps = 150")])
    try project.record("alone")
    let running = try start(cluster, project, ["tiny.lua", "--out", "s", "--slurm"])
    project.wait(for: "\"step\":5,", in: "s/seed=1/metrics.jsonl")
    try cluster.fault("crash", "node1")
    try cluster.wait(for: "BeginTime", "squeue", "--noheader", "--format=%r")
    try cluster.run("scontrol", "update", "jobid=1_1", "StartTime=now")
    let ended = try running.wait()
    #expect(ended.status == 0, "\(ended.all)")
    #expect(try project.digest("s/seed=1") == project.digest("alone"))
    #expect(try project.folder.text("s/slurm/log/1_1.log").contains("complete"))
  }

  /// The network is cut: Slurm starts the job again, while the first one goes on.
  @Test func refusesToWriteARunTwiceWhenAMachineIsCutOff() throws {
    let cluster = try Cluster()
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try start(cluster, project, ["tiny.lua", "--out", "s", "--slurm"])
    project.wait(for: "\"step\":5,", in: "s/seed=1/metrics.jsonl")
    try cluster.fault("freeze", "node1")
    try cluster.wait(for: "BeginTime", "squeue", "--noheader", "--format=%r")
    let writer = try project.folder.text("s/seed=1/.writer")
    #expect(writer.contains("\"job\":\"1_1\",\"restart\":0"), "\(writer)")
    try cluster.run("scontrol", "update", "jobid=1_1", "StartTime=now")
    let ended = try running.wait()
    #expect(ended.status == 130 && ended.errors.contains("busy    seed=1: another process is writing"), "\(ended.all)")
    #expect(!ended.errors.contains("failed"), "\(ended.errors)")
    // The first one still writes.
    #expect(try project.folder.text("s/seed=1/.writer") == writer)
    let steps = try project.folder.text("s/seed=1/metrics.jsonl").split(separator: "\n").count
    project.wait(for: "\"step\":\(steps + 5),", in: "s/seed=1/metrics.jsonl")
  }

  @Test func endsByTheRecordsWhileTheControllerIsGone() throws {
    let cluster = try Cluster()
    let project = try TestProject([("steps = 3", "steps = 150")])
    let running = try start(cluster, project, ["tiny.lua", "--seeds", "1..2", "--out", "s", "--slurm"])
    for seed in 1...2 { project.wait(for: "\"step\":5,", in: "s/seed=\(seed)/metrics.jsonl") }
    try cluster.fault("crash", "controller")
    let ended = try running.wait()
    #expect(ended.status == 0 && ended.errors.contains("controller does not answer"), "\(ended.all)")
    #expect(ended.errors.contains("(2/2)"), "\(ended.errors)")
  }

  @Test func returnsAtOnceAndIsFollowedLater() throws {
    let cluster = try Cluster()
    let project = try TestProject()
    let start = ["tiny.lua", "--seeds", "1..3", "--out", "s", "--slurm", "--throttle", "1", "--detach", "--report"]
    let detached = try sweep(cluster, project, start)
    #expect(detached.status == 0 && detached.errors.contains("next: swerve sweep s\n"), "\(detached.all)")
    // Nothing twice.
    let again = try sweep(cluster, project, start)
    #expect(again.status == 0 && !again.errors.contains("submitted"), "\(again.all)")
    let followed = try sweep(cluster, project, ["s"])
    #expect(followed.status == 0, "\(followed.all)")
    #expect(followed.output.contains("\n3      "), "\(followed.output)")
    project.wait(for: "</html>", in: "s/report.html")
    // By hand, of members that are complete.
    let script = project.folder.file("s/slurm/batch-1.sh").path
    let job = try cluster.run("sbatch", "--parsable", script).trimmingCharacters(in: .whitespacesAndNewlines)
    let states = "squeue --noheader --array --states=all --format=%T --jobs=\(job) | uniq -c"
    try cluster.wait(for: "3 COMPLETED", "bash", "-c", states)
    try cluster.checkShell(script)
  }

  @Test func refusesWhatSlurmRefuses() throws {
    let cluster = try Cluster()
    let project = try TestProject()
    let wrong = try sweep(cluster, project, ["tiny.lua", "--out", "s", "--slurm", "--partition", "nope"])
    #expect(
      wrong.status == 2 && wrong.errors.contains("Slurm does not take the job: invalid partition"), "\(wrong.all)")
    #expect(try cluster.run("squeue", "--noheader", "--states=all").isEmpty)
    let right = try sweep(
      cluster, project, ["tiny.lua", "--out", "s", "--slurm", "--partition", "test", "--time", "5"])
    #expect(right.status == 0, "\(right.all)")
  }
}

/// Runs of several processes that Slurm starts.
@Suite(
  .enabled(if: Cluster.missing == nil, "no Slurm: \(Cluster.missing ?? "")"),
  .enabled(if: MPI.hasPMIx, "NOT RUN: no MPI by Slurm; apt-get install openmpi-bin libpmix-dev"))
struct SlurmRankTests {
  private func srun(_ cluster: Cluster, _ project: TestProject, _ arguments: [String]) throws -> Program.Running {
    try Program.Running(
      ["srun", "--mpi=pmix"] + arguments, of: URL(fileURLWithPath: "/usr/bin/env"), in: project.folder.url,
      environment: cluster.environment.merging(MPI.environment) { $1 })
  }

  @Test func givesTheBitsOfOneProcessOnTwoMachines() throws {
    let cluster = try Cluster()
    let project = try TestProject()
    try project.record("alone")
    for (nodes, ranks) in [(1, 1), (2, 2), (2, 3)] {
      let running = try srun(
        cluster, project,
        ["-N\(nodes)", "-n\(ranks)", Program.url.path, "run", "tiny.lua", "--out", "on\(ranks)", "--quiet"])
      let outcome = try running.wait()
      try #require(outcome.status == 0, "\(outcome.all)")
      #expect(try project.bits("on\(ranks)") == project.bits("alone"))
    }
    #expect(try project.folder.text("on3/manifest.json").contains("\"ranks\": \"3\""))
  }

  @Test func resumesOnOneMachineAfterAnotherLostPower() throws {
    let cluster = try Cluster()
    let project = try TestProject([("steps = 3", "steps = 400")])
    try project.record("alone")
    let running = try srun(
      cluster, project,
      ["-N2", "-n2", Program.url.path, "run", "tiny.lua", "--out", "ranks", "--checkpoint-every", "1", "--quiet"])
    project.wait(for: "\"step\":5,", in: "ranks/metrics.jsonl")
    try cluster.fault("crash", "node2")
    #expect(try running.wait().status != 0)
    let resumed = try project.run("run", "ranks", "--resume", "--quiet")
    try #require(resumed.status == 0, "\(resumed.all)")
    #expect(try project.bits("ranks") == project.bits("alone"))
  }
}

/// What needs no cluster.
@Suite struct SlurmUsageTests {
  @Test func saysWhatIsMissingAndWhatDoesNotFit() throws {
    let project = try TestProject()
    let none = try Program.run(
      ["sweep", "tiny.lua", "--out", "s", "--slurm"], in: project.folder.url, environment: ["PATH": "/nowhere"])
    #expect(none.status == 2 && none.errors.contains("Slurm is not on this machine"), "\(none.all)")
    #expect(none.errors.contains("leave --slurm out"), "\(none.all)")
    #expect(!project.folder.exists("s"))
    let cases = [
      (["--partition", "x"], "--partition goes with --slurm"),
      (["--slurm", "--jobs", "2"], "--throttle"), (["--slurm", "--list"], "--slurm"),
      (["--slurm", "--halving", "metric=loss,steps=1"], "--halving"),
      (["--slurm", "--slurm-option", "array=1-3"], "swerve sets it itself; --throttle limits"),
      (["--slurm", "--throttle", "0"], "--throttle must be at least 1, got 0"),
    ]
    for (arguments, message) in cases {
      let outcome = try Program.run(["sweep", "tiny.lua"] + arguments, in: project.folder.url)
      #expect(outcome.status == 2 && outcome.errors.contains(message), "\(outcome.all)")
    }
  }
}
