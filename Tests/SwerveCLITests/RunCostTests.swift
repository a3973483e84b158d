import Foundation
import Testing

/// What a run took and where it ran: recorded, shown, never compared.
@Suite struct RunCostTests {
  private static let git = URL(fileURLWithPath: "/usr/bin/git")

  private func git(_ project: TestProject, _ arguments: String...) throws {
    let settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    let outcome = try Program.Running(settings + arguments, of: Self.git, in: project.folder.url).wait()
    try #require(outcome.status == 0, "\(outcome.all)")
  }

  /// The manifest's entry; nil if there is none.
  private func recorded(_ key: String, _ project: TestProject, _ run: String) throws -> String? {
    let data = try Data(contentsOf: project.folder.file(run + "/manifest.json"))
    let manifest = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    return (manifest?["not_compared"] as? [String: Any])?[key] as? String
  }

  private func seconds(_ project: TestProject, _ run: String) throws -> [Double] {
    try project.folder.text(run + "/metrics.jsonl").split(separator: "\n").compactMap {
      $0.firstMatch(of: /"seconds":([0-9.]+)/).flatMap { Double($0.1) }
    }
  }

  @Test func showsTimeMemoryAndHost() throws {
    let project = try TestProject()
    try project.record("runs/a")
    let seconds = try seconds(project, "runs/a")
    #expect(seconds.count == 6 && seconds == seconds.sorted() && (seconds.last ?? 0) > 0)
    #expect(try recorded("host", project, "runs/a")?.isEmpty == false && recorded("commit", project, "runs/a") == nil)
    let shown = try project.run("show", "runs/a").output
    let head = /run +runs\/a\nstatus +complete, 5 steps\nduration +\S+ s\npeak memory +\d+ MiB\n/
    #expect(shown.contains(head), "\(shown)")
    #expect(shown.contains(/\nhost +\S+\n/))
    let condition = "seconds > 0 and peak_memory_bytes > 1000000"
    let list = try project.run("list", "--where", condition, "--columns", "host,seconds")
    #expect(list.output.contains("runs/a"), "\(list.all)")
    #expect(try project.run("list").output.contains(/STATUS +TIME +WEIGHTS/))
    #expect(try project.run("report", "runs", "-o", "r.html").status == 0)
    #expect(try project.folder.text("r.html").contains("<th scope=\"col\">memory</th><th scope=\"col\">host</th>"))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git")))
  func recordsTheCommitAndWhetherFilesWereChanged() throws {
    let project = try TestProject()
    try git(project, "init", "-q")
    try project.record("unborn")
    #expect(try recorded("commit", project, "unborn") == nil, "there is no commit yet")
    try git(project, "add", "tiny.lua")
    try git(project, "commit", "-q", "-m", "first")
    try project.record("clean")
    let commit = try #require(try recorded("commit", project, "clean"))
    #expect(commit.wholeMatch(of: /[0-9a-f]{40}/) != nil, "runs beside the script are not a change: \(commit)")
    try project.write("other.lua", "return 1\n")
    try project.record("besides")
    #expect(try recorded("commit", project, "besides") == commit, "a file that git does not know is not a change")
    try project.edit("tiny.lua", "alpha = 20", "alpha = 21")
    try project.record("changed")
    #expect(try recorded("commit", project, "changed") == commit + " dirty")
    let page = try project.run("report", "changed", "-o", "r.html")
    #expect(page.status == 0)
    #expect(try project.folder.text("r.html").contains("<td>\(commit.prefix(7)) dirty</td>"))
    // The script itself is not in the repository.
    try project.write("new.lua", TestProject.script)
    let outcome = try project.run("run", "new.lua", "--out", "new", "--quiet")
    #expect(outcome.status == 0)
    #expect(try recorded("commit", project, "new") == commit + " dirty")
  }

  @Test func addsUpTheTimeOfARunThatWasStopped() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let first = try Program.Running(["run", "tiny.lua", "--out", "a", "--quiet"], in: project.folder.url)
    project.wait(for: "\"step\":5,", in: "a/metrics.jsonl")
    first.process.interrupt()
    #expect(try first.wait().status == 130)
    let before = try seconds(project, "a")
    let second = try Program.Running(["run", "a", "--resume", "--quiet"], in: project.folder.url)
    project.wait(for: "\"step\":\(before.count + 1),", in: "a/metrics.jsonl")
    second.process.interrupt()
    #expect(try second.wait().status == 130)
    let after = try seconds(project, "a")
    #expect(after.count > before.count && Array(after.prefix(before.count)) == before)
    #expect(after == after.sorted(), "the clock goes on where it stopped: \(after)")
  }

  @Test func beginsWithWhatPeopleLookFor() throws {
    let project = try TestProject()
    try project.record("a")
    try project.record("b", "--seed", "2")
    let shown = try project.run("show", "a").output
    let lines = shown.split(separator: "\n").map { String($0.drop { $0 == " " }) }
    let metrics = try #require(lines.firstIndex { $0.hasPrefix("stage tuned") })
    let order = lines[(metrics + 2)...].prefix(5).map { String($0.prefix { $0 != " " }) }
    #expect(order == ["success/comfort", "success/plus1", "success/train", "return", "kl/k2"], "\(shown)")
    #expect(lines.last { !$0.isEmpty }?.contains("(--all lists them)") == true)
    #expect(!shown.contains("lua/swerve/init.lua"))
    #expect(try project.run("show", "a", "--all").output.contains(/file lua\/swerve\/init\.lua +[0-9a-f]{64}\n/))
    let diff = try project.run("diff", "a", "b")
    let head = diff.output.components(separatedBy: "\n\n")[0]
    #expect(diff.status == 1 && head.contains(/status +complete +complete/) && head.contains(/duration +\S+ s +\S+ s/))
    #expect(head.contains(/success\/plus1 of tuned +\S+ \[/) && head.contains("kl/k2 of tuned"), "\(head)")
    #expect(!head.contains("grad_norm"))
    let all = try project.run("diff", "a", "b", "--all").output
    #expect(all.contains("grad_norm of tuned") && !all.contains("more; --json lists all"))
    #expect(try project.run("diff", "a", "a").output.hasPrefix("no difference in 5 steps\n"))
  }
}
