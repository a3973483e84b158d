import Foundation
import SwerveTestSupport
import Testing

/// Runs of several processes that MPI joins. Where there is no mpirun, they are not run, and say so.
@Suite(.serialized, .enabled(if: MPI.isInstalled, MPI.missing))
struct RankRunTests {
  private func run(_ project: TestProject, _ arguments: String...) throws -> Program.Outcome {
    try Program.run(arguments, in: project.folder.url, environment: MPI.environment)
  }

  private func bits(_ project: TestProject, _ run: String) throws -> [String] { try project.bits(run) }

  @Test(arguments: [(2, 1), (3, 2), (8, 1)]) func givesTheBitsOfOneProcess(ranks: Int, threads: Int) throws {
    let project = try TestProject()
    try project.record("alone")
    let outcome = try run(
      project, "run", "tiny.lua", "--out", "ranks", "--ranks", "\(ranks)", "--threads", "\(threads)", "--quiet")
    try #require(outcome.status == 0, "\(outcome.all)")
    #expect(try bits(project, "ranks") == bits(project, "alone"))
    #expect(try project.folder.text("ranks/manifest.json").contains("\"ranks\": \"\(ranks)\""))
    let replayed = try project.run("replay", "ranks", "--quiet")
    #expect(replayed.status == 0, "\(replayed.all)")
  }

  /// Answers to one prompt share it, and their advantages come from the group.
  @Test(arguments: [2, 3]) func givesTheBitsOfOneProcessToGroups(ranks: Int) throws {
    let project = try TestProject([
      (
        "updates = 2, episodes = 6, minibatch = 3, lr = 1e-4, vf = 0.1, entropy = 0.001,",
        "algorithm = \"grpo\", group = 3, updates = 2, episodes = 6, minibatch = 6, lr = 1e-4, lanes = 5,"
      )
    ])
    try project.record("alone")
    let outcome = try run(project, "run", "tiny.lua", "--out", "ranks", "--ranks", "\(ranks)", "--quiet")
    try #require(outcome.status == 0, "\(outcome.all)")
    #expect(try bits(project, "ranks") == bits(project, "alone"))
  }

  @Test func takesTheNumberOfRanksFromTheLauncher() throws {
    let project = try TestProject()
    try project.record("alone")
    let mpirun = try Program.Running(
      ["mpirun", "-n", "2", "--bind-to", "none", Program.url.path, "run", "tiny.lua", "--out", "ranks", "--quiet"],
      of: URL(fileURLWithPath: "/usr/bin/env"), in: project.folder.url, environment: MPI.environment)
    let outcome = try mpirun.wait()
    try #require(outcome.status == 0, "\(outcome.all)")
    #expect(try bits(project, "ranks") == bits(project, "alone"))
  }

  @Test func rejectsAnotherNumberOfRanksThanTheLaunchers() throws {
    let project = try TestProject()
    let mpirun = try Program.Running(
      [
        "mpirun", "-n", "2", "--bind-to", "none", Program.url.path, "run", "tiny.lua", "--ranks", "3", "--out", "ranks",
      ],
      of: URL(fileURLWithPath: "/usr/bin/env"), in: project.folder.url, environment: MPI.environment)
    let outcome = try mpirun.wait()
    #expect(outcome.status != 0)
    #expect(outcome.errors.contains("3 ranks were asked for, but MPI says that this process is one of 2"))
    #expect(!project.folder.exists("ranks"))
  }

  @Test func saysWhatToInstallWithoutMPI() throws {
    let project = try TestProject()
    for variable in ["SWERVE_MPIRUN", "SWERVE_MPI_LIBRARY"] {
      let outcome = try Program.run(
        ["run", "tiny.lua", "--ranks", "2", "--out", "ranks"], in: project.folder.url,
        environment: MPI.environment.merging([variable: "no-such-mpi"]) { $1 })
      #expect(outcome.status == 5, "\(outcome.all)")
      #expect(outcome.errors.contains("apt-get install openmpi-bin"), "\(outcome.errors)")
    }
    #expect(!project.folder.exists("ranks"))
  }

  @Test func reportsAnErrorOfTheScriptOnce() throws {
    let project = try TestProject([
      ("rule = rules.certainty { alpha = o.alpha }", "rule = function(t) error(\"my rule\") end")
    ])
    let outcome = try run(project, "run", "tiny.lua", "--ranks", "2", "--out", "ranks", "--quiet")
    #expect(outcome.status == 3, "\(outcome.all)")
    #expect(outcome.errors.components(separatedBy: "my rule").count == 2, "\(outcome.errors)")
    #expect(try project.folder.text("ranks/result.json").contains("my rule"))
  }

  /// The process of a rank whose command line has all of these words.
  private func process(ofRank rank: Int, arguments: [String]) -> pid_t? {
    func words(_ file: String, _ number: String) -> [String] {
      let bytes = FileManager.default.contents(atPath: "/proc/\(number)/\(file)") ?? Data()
      return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return numbers.filter { Int($0) != nil }.first { number in
      let found = words("cmdline", number)
      return arguments.allSatisfy { found.contains($0) }
        && words("environ", number).contains("OMPI_COMM_WORLD_RANK=\(rank)")
    }.flatMap { pid_t($0) }
  }

  /// One of two ranks is killed; the run goes on with three.
  @Test func resumesAfterTheDeathOfARankToTheSameBits() throws {
    let changes = [("steps = 3", "steps = 40"), ("updates = 2", "updates = 3")]
    let project = try TestProject(changes)
    try project.record("alone")
    let out = project.folder.file("ranks").path
    let running = try Program.Running(
      ["run", "tiny.lua", "--ranks", "2", "--out", out, "--checkpoint-every", "1", "--quiet"],
      in: project.folder.url, environment: MPI.environment)
    project.wait(for: "\"step\":5", in: "ranks/metrics.jsonl")
    kill(try #require(process(ofRank: 1, arguments: ["run", out, "--ranks"])), SIGKILL)
    #expect(try running.wait().status != 0)
    #expect(!project.folder.exists("ranks/result.json"))
    let resumed = try run(project, "run", "ranks", "--resume", "--ranks", "3", "--quiet")
    try #require(resumed.status == 0, "\(resumed.all)")
    #expect(try bits(project, "ranks") == bits(project, "alone"))
  }

  /// A rank that hangs makes the others wait; the launcher's time limit ends them.
  @Test func resumesAfterARankFrozeToTheSameBits() throws {
    let project = try TestProject([("steps = 3", "steps = 400")])
    try project.record("alone")
    let out = project.folder.file("ranks").path
    let mpirun = try Program.Running(
      [
        "mpirun", "-n", "2", "--timeout", "10", "--bind-to", "none", Program.url.path, "run", "tiny.lua", "--out", out,
        "--checkpoint-every", "1", "--quiet",
      ],
      of: URL(fileURLWithPath: "/usr/bin/env"), in: project.folder.url, environment: MPI.environment)
    project.wait(for: "\"step\":5,", in: "ranks/metrics.jsonl")
    kill(try #require(process(ofRank: 1, arguments: [Program.url.path, "run", out])), SIGSTOP)
    #expect(try mpirun.wait().status != 0)
    // mpirun wakes the rank before it ends all, so that they may still write a checkpoint.
    let result = try? project.folder.text("ranks/result.json")
    #expect(result?.contains("\"interrupted\"") ?? true, "\(result ?? "")")
    let resumed = try run(project, "run", "ranks", "--resume", "--quiet")
    try #require(resumed.status == 0, "\(resumed.all)")
    #expect(try bits(project, "ranks") == bits(project, "alone"))
  }

  @Test func writesACheckpointWhenItIsInterrupted() throws {
    let project = try TestProject([("steps = 3", "steps = 4000")])
    let running = try Program.Running(
      ["run", "tiny.lua", "--ranks", "2", "--out", "ranks", "--quiet"], in: project.folder.url,
      environment: MPI.environment)
    project.wait(for: "\"step\":3", in: "ranks/metrics.jsonl")
    kill(running.process.processIdentifier, SIGINT)
    #expect(try running.wait().status == 130)
    #expect(try project.folder.text("ranks/result.json").contains("interrupted"))
    #expect(try project.folder.names("ranks/checkpoints").contains { $0.hasSuffix(".safetensors") })
  }
}
