import Foundation
import Testing

/// `list` tells a run that a process writes from one that was killed.
@Suite struct ListRunningTests {
  @Test func tellsARunThatIsWrittenFromOneThatWasKilled() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try Program.Running(["run", "tiny.lua", "--out", "runs/a", "--quiet"], in: project.folder.url)
    project.wait(for: "\"step\":1,", in: "runs/a/metrics.jsonl")
    let alive = try project.run("list")
    #expect(alive.status == 0 && alive.output.contains(" running "), "\(alive.all)")
    #expect(try project.run("list", "--where", "status = \"running\"").output.contains("runs/a"))
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    let dead = try project.run("list")
    #expect(dead.output.contains(" incomplete ") && !dead.output.contains("running"), "\(dead.all)")
  }
}
