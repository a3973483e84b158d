import Foundation
import Glibc
import Testing

/// A run whose files can't be written any more ends with a message, and loses nothing.
@Suite struct RefusedWriteTests {
  private static let longer = [("steps = 3", "steps = 8"), ("updates = 2", "updates = 4")]

  /// What must be the same after a stop: the steps without their times, and the final weights.
  private func bits(_ project: TestProject, _ run: String) throws -> [String] {
    try project.folder.text(run + "/metrics.jsonl").split(separator: "\n").map {
      $0.components(separatedBy: ",\"not_compared\"")[0]
    } + [project.digest(run)]
  }

  private func shell(_ project: TestProject, _ script: String) throws -> Program.Outcome {
    try Program.Running(
      ["-c", script, Program.url.path], of: URL(fileURLWithPath: "/bin/bash"), in: project.folder.url
    ).wait()
  }

  /// As root, permissions stop nobody; a file in place of the folder does.
  @Test func keepsTheLastCheckpointOfAFolderThatCanNoLongerBeWritten() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try Program.Running(
      ["run", "tiny.lua", "--out", "a", "--quiet", "--checkpoint-every", "1", "--threads", "1"],
      in: project.folder.url)
    project.wait(for: "\"step\":3,", in: "a/metrics.jsonl")
    let (folder, kept) = (project.folder.file("a/checkpoints"), project.folder.file("a/kept"))
    try FileManager.default.moveItem(at: folder, to: kept)
    try Data().write(to: folder)
    let ended = try running.wait()
    #expect(ended.status == 5, "\(ended.errors)")
    // The file may come while a checkpoint is written, or while the folder is made permanent, or a moment too late.
    #expect(
      ended.errors.contains(/swerve: error: cannot (write|open) a\/checkpoints/)
        && ended.errors.contains(/Not a directory|No such file/), "\(ended.errors)")
    #expect(ended.errors.contains("to go on: swerve run a --resume"), "\(ended.errors)")
    try FileManager.default.removeItem(at: folder)
    try FileManager.default.moveItem(at: kept, to: folder)
    // It goes on from the last checkpoint: steps are added, and none is lost.
    let steps = try project.folder.text("a/metrics.jsonl").split(separator: "\n").count
    let resumed = try Program.Running(
      ["run", "a", "--resume", "--quiet", "--threads", "1"], in: project.folder.url)
    for _ in 0..<600 {
      if try project.folder.text("a/metrics.jsonl").split(separator: "\n").count > steps + 2 { break }
      usleep(20_000)
    }
    resumed.process.interrupt()
    #expect(try resumed.wait().status == 130)
    #expect(try project.folder.text("a/metrics.jsonl").split(separator: "\n").count > steps)
    #expect(try project.run("replay", "a").status == 0)
    #expect(try project.run("show", "a", "--check").status == 0)
  }

  /// From too few to open anything to enough for all: every number ends in words or with the same bits.
  @Test func reportsTooFewFileDescriptorsAndLeavesAResumableRun() throws {
    let project = try TestProject(Self.longer)
    try project.record("whole")
    let whole = try bits(project, "whole")
    var refused = 0
    for limit in 4...9 {
      let run = "run\(limit)"
      let outcome = try shell(
        project, "ulimit -n \(limit); exec \"$0\" run tiny.lua --out \(run) --quiet --checkpoint-every 1 --threads 2")
      // Not even the loader finds its libraries.
      if outcome.status == 127 { continue }
      #expect([0, 5].contains(outcome.status), "\(limit): \(outcome.status) \(outcome.errors)")
      if outcome.status == 5 {
        refused += 1
        #expect(outcome.errors.contains("Too many open files"), "\(limit): \(outcome.errors)")
        #expect(outcome.errors.contains("  hint: a process may open too few files here: `ulimit -n 1024`"))
      }
      if project.folder.exists(run), outcome.status == 5 {
        #expect(try project.run("run", run, "--resume", "--quiet").status == 0)
      }
      if project.folder.exists(run) { #expect(try bits(project, run) == whole, "\(limit)") }
    }
    #expect(refused > 0)
  }

  /// Of each limit, what is there is whole: a checkpoint, the lines of metrics, or nothing.
  @Test(arguments: [8, 120, 200, 300])
  func leavesAResumableRunWhenFilesMayNotGrow(kibibytes: Int) throws {
    let project = try TestProject(Self.longer)
    try project.record("whole")
    let outcome = try shell(
      project, "ulimit -f \(kibibytes); exec \"$0\" run tiny.lua --out a --quiet --checkpoint-every 2")
    #expect([0, 5].contains(outcome.status), "\(outcome.errors)")
    if outcome.status == 5 {
      #expect(outcome.errors.contains("cannot write "), "\(outcome.errors)")
      #expect(outcome.errors.contains("File too large"), "\(outcome.errors)")
      #expect(outcome.errors.contains("  hint: files may not grow that large here: `ulimit -f unlimited`"))
    }
    guard project.folder.exists("a") else {
      #expect(outcome.status == 5, "a run that ends well leaves its folder")
      return
    }
    // Of a line that did not fit, nothing is there.
    for name in ["metrics.jsonl", "samples.jsonl"] where project.folder.exists("a/\(name)") {
      let text = try project.folder.text("a/\(name)")
      #expect(text.isEmpty || text.hasSuffix("\n"), "\(name)")
    }
    #expect(try project.run("run", "a", "--resume", "--quiet").status == 0)
    #expect(try bits(project, "a") == bits(project, "whole"))
  }

  /// Results that go into a file.
  @Test func reportsResultsThatMayNotGrow() throws {
    let project = try TestProject()
    let outcome = try shell(project, "ulimit -f 1; exec \"$0\" lua -e 'print((\"x\"):rep(5000))' > out")
    #expect(outcome.status == 5, "\(outcome.status)")
    #expect(outcome.errors == "swerve: error: cannot write to standard output: File too large\n")
  }

  /// Each signal ends a run that writes its checkpoint first.
  @Test(arguments: [
    (SIGHUP, Int32(130), "interrupted: "), (SIGTERM, 130, "interrupted: "), (SIGXCPU, 4, "the limit of processor time"),
  ])
  func leavesAResumableRunAtASignal(signal: Int32, status: Int32, message: String) throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try Program.Running(
      ["run", "tiny.lua", "--out", "a", "--quiet", "--threads", "1"], in: project.folder.url)
    project.wait(for: "\"step\":3,", in: "a/metrics.jsonl")
    kill(running.process.processIdentifier, signal)
    let ended = try running.wait()
    #expect(ended.status == status && running.process.terminationReason == .exit, "\(ended.status)")
    #expect(ended.errors.contains("swerve: " + message), "\(ended.errors)")
    #expect(try project.folder.text("a/result.json").contains("interrupted"))
    #expect(try project.run("replay", "a").status == 0)
  }

  /// `nohup` means that a terminal which closes ends nothing.
  @Test func keepsIgnoringAHangupThatIsIgnored() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try Program.Running(
      ["-c", "trap '' HUP; exec \"$0\" run tiny.lua --out a --quiet --threads 1", Program.url.path],
      of: URL(fileURLWithPath: "/bin/bash"), in: project.folder.url)
    project.wait(for: "\"step\":3,", in: "a/metrics.jsonl")
    kill(running.process.processIdentifier, SIGHUP)
    let steps = try project.folder.text("a/metrics.jsonl").split(separator: "\n").count
    project.wait(for: "\"step\":\(steps + 5),", in: "a/metrics.jsonl")
    #expect(running.process.isRunning)
    running.process.terminate()
    #expect(try running.wait().status == 130)
  }

  /// Who reads standard error and goes away ends no training.
  @Test func completesARunWhoseNotesNobodyReads() throws {
    let project = try TestProject()
    try project.write("tiny.lua", "print('a note')\n" + TestProject.script)
    let outcome = try shell(
      project, "{ sleep 0.2; \"$0\" run tiny.lua --out a > out; echo $? > status; } 2>&1 | true; cat status")
    #expect(outcome.output == "0\n", "\(outcome.all)")
    #expect(try project.folder.text("a/result.json").contains("complete"))
  }
}
