import Foundation
import Testing

/// Whatever `run` completes can be read by every other command, and whatever is refused leaves nothing half-written.
@Suite struct RandomExperimentTests {
  private static let environment = ProcessInfo.processInfo.environment
  /// `make test-long` draws more.
  private static let count = environment["SWERVE_EXPERIMENTS"].flatMap { Int($0) } ?? 20
  /// The first of the seeds; each failure names its own.
  private static let first = environment["SWERVE_SEED"].flatMap { UInt64($0) } ?? 1

  @Test(arguments: (0..<count).map { first + UInt64($0) })
  func readsInEveryCommandWhatRunWrites(_ seed: UInt64) throws {
    let script = RandomScript(seed: seed)
    let project = try TestProject()
    try FileManager.default.createDirectory(at: project.folder.file("sub"), withIntermediateDirectories: true)
    try project.write(script.path, script.text)
    let check = try swerve(project, ["check", script.path] + script.settings)
    let run = try swerve(
      project, ["run", script.path, "--out", "a", "--quiet", "--no-cache", "--seed", "\(seed)"] + script.settings)
    let shown = "seed \(seed): \(run.all)\n\(script.text)"
    if script.isRefused {
      // A name that a hook gives is known once the hook has run: never by a script of pre-training alone.
      let isNeverSaid = script.isRefusedByHook && !script.text.contains("swerve.finetune")
      #expect(isNeverSaid || (script.isRefusedByHook ? run : check).status == 3, "\(shown)")
      // `check` calls every hook once, too, but a run may have trained before its hook fails.
      #expect(script.isRefusedByHook || check.status != 3 || !project.folder.exists("a"), "\(shown)")
    } else {
      #expect(check.status == 0 && run.status == 0, "\(shown)")
    }
    if project.folder.exists("a") { try read(project, script, seed: seed, isComplete: run.status == 0) }
  }

  private func swerve(_ project: TestProject, _ arguments: [String]) throws -> Program.Outcome {
    try Program.run(arguments, in: project.folder.url)
  }

  private func read(_ project: TestProject, _ script: RandomScript, seed: UInt64, isComplete: Bool) throws {
    func expect(_ arguments: [String], _ status: Int32 = 0) throws {
      let outcome = try swerve(project, arguments)
      #expect(outcome.status == status, "seed \(seed): \(arguments): \(outcome.all)\n\(script.text)")
    }
    for arguments in [
      ["show", "a"], ["show", "a", "--json"], ["show", "a", "--check"],
      ["show", "a", "--svg", "a.svg", "--metric", "loss"], ["list", "."],
      ["list", ".", "--csv"], ["list", ".", "--json"], ["diff", "a", "a"],
      ["report", "a", "-o", "a.html", "--charts", "charts"],
    ] { try expect(arguments) }
    guard isComplete else { return }
    for arguments in [
      ["replay", "a", "--threads", "2"], ["pack", "a", "-o", "a.tar"], ["replay", "a.tar"], ["show", "a.tar"],
      ["diff", "a", "a.tar"], ["bless", "a", "--reason", "first"], ["test"],
    ] { try expect(arguments) }
    try interruptAndResume(project, script, seed: seed)
    try expect(["diff", "a", "b"])
    try expect(["report", "a", "b", "-o", "b.html"])
    // Charts and reports hold no character that XML does not allow.
    let charts = project.folder.exists("charts") ? try project.folder.names("charts").map { "charts/" + $0 } : []
    for name in ["a.svg", "a.html", "b.html"] + charts {
      let text = try project.folder.text(name)
      let isClean = !text.unicodeScalars.contains {
        $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
      }
      #expect(isClean, "seed \(seed): \(name)")
    }
  }

  /// Stopped wherever it is by then, it goes on to the same bits.
  private func interruptAndResume(_ project: TestProject, _ script: RandomScript, seed: UInt64) throws {
    let arguments = [
      "run", script.path, "--out", "b", "--quiet", "--no-cache", "--seed", "\(seed)", "--checkpoint-every", "1",
    ]
    let running = try Program.Running(arguments + script.settings, in: project.folder.url)
    project.wait(for: "\"step\":", in: "b/metrics.jsonl")
    running.process.interrupt()
    let stopped = try running.wait()
    #expect([0, 130].contains(stopped.status), "seed \(seed): \(stopped.all)")
    if stopped.status == 0 { return }
    let resumed = try swerve(project, ["run", "b", "--resume", "--quiet"])
    #expect(resumed.status == 0, "seed \(seed): \(resumed.all)\n\(script.text)")
    #expect(try project.digest("a") == project.digest("b"), "seed \(seed)")
  }
}
