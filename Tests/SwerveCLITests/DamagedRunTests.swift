import Foundation
import Testing

/// A flipped bit in any file of a run is found by whatever command takes the run for what it says.
@Suite struct DamagedRunTests {
  /// A run with kept checkpoints, and its twin that nobody touches.
  private func project() throws -> TestProject {
    let project = try TestProject()
    try project.record("a", "--checkpoint-every", "1", "--keep-checkpoints")
    try FileManager.default.copyItem(at: project.folder.file("a"), to: project.folder.file("b"))
    return project
  }

  /// Changes one bit in the middle of a file, runs `body`, and puts the file back.
  private func flipping(_ project: TestProject, _ name: String, _ body: () throws -> Void) throws {
    let file = project.folder.file(name)
    let whole = try Data(contentsOf: file)
    var changed = whole
    changed[changed.count / 2] ^= 1
    try changed.write(to: file)
    try body()
    try whole.write(to: file)
  }

  @Test func namesTheChangedFileInDiffResumeAndReplayFromAStep() throws {
    let project = try project()
    #expect(try project.run("diff", "a", "b").status == 0)
    let names = [
      "SHA256SUMS", "checkpoints/position.json", "checkpoints/pretrain.safetensors",
      "checkpoints/pretrain@1.safetensors", "script/tiny.lua",
    ]
    for name in names {
      try flipping(project, "b/" + name) {
        let diff = try project.run("diff", "a", "b")
        #expect(diff.status == 1, "\(name): \(diff.all)")
        #expect(diff.output.contains("notes:\n  an edited file: b/\(name) is not what the run wrote: "), "\(diff.all)")
        let resumed = try project.run("run", "b", "--resume")
        #expect(resumed.status == 5 && resumed.errors.contains("b/\(name) is not what the run wrote"), "\(resumed.all)")
      }
    }
    try flipping(project, "b/SHA256SUMS") {
      let replayed = try project.run("replay", "b", "--from", "1", "--stage", "tuned", "--quiet")
      #expect(replayed.status == 5 && replayed.errors.contains("b/SHA256SUMS is not what the run wrote"))
    }
    #expect(try project.run("diff", "a", "b").output.hasPrefix("no difference in 5 steps\n"))
  }

  @Test func reportsAChangedChainAlthoughEveryValueAgrees() throws {
    let project = try project()
    let chain = try #require(project.folder.text("b/metrics.jsonl").firstMatch(of: /"chain":"([0-9a-f])/))
    try project.edit("b/metrics.jsonl", String(chain.0), "\"chain\":\"\(chain.1 == "0" ? "1" : "0")")
    let diff = try project.run("diff", "a", "b", "--json")
    #expect(diff.status == 1)
    #expect(
      diff.output.hasPrefix("{\"same\":false,") && diff.output.contains("\"edited\":[\"b: step 1 of stage pretrain"))
    let text = try project.run("diff", "a", "b").output
    #expect(
      text.contains("notes:\n  an edited file: b: step 1 of stage pretrain: the hash chain breaks here"), "\(text)")
    #expect(try [1, 5].contains(project.run("run", "b", "--resume").status))
  }

  /// What a killed run would go on from is looked at, too.
  @Test func checksTheSnapshotsOfAKilledRun() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try Program.Running(
      ["run", "tiny.lua", "--out", "a", "--checkpoint-every", "2", "--keep-checkpoints"], in: project.folder.url)
    project.wait(for: "\"step\": 6", in: "a/checkpoints/position.json")
    let busy = try project.run("show", "a", "--check")
    #expect(busy.status == 6 && busy.errors.contains("another process is writing the run a"), "\(busy.all)")
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    #expect(try project.run("show", "a", "--check", "--quiet").output.hasSuffix(": intact\n"))
    let position = try project.folder.text("a/checkpoints/position.json")
    let snapshots = position.matches(of: /pretrain@[0-9]+\.safetensors/).map { String($0.0) }
    #expect(snapshots.count >= 3)
    for name in ["position.json", snapshots[0], try #require(snapshots.last)] {
      try flipping(project, "a/checkpoints/" + name) {
        for arguments in [["show", "a", "--check"], ["pack", "a", "-o", "a.tar"], ["replay", "a", "--quiet"]] {
          let outcome = try Program.run(arguments, in: project.folder.url)
          #expect(
            outcome.status == 5 && outcome.errors.contains("a/checkpoints/" + name), "\(arguments): \(outcome.all)")
        }
      }
    }
    #expect(try project.run("replay", "a", "--quiet").status == 0)
  }
}
