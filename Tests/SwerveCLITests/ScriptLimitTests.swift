import Foundation
import SwerveTestSupport
import Testing

/// docs/lua-hazards.md through `swerve run` and its relatives: what ends a script that counts of instructions don't, and that no
/// record depends on the collector.
@Suite struct ScriptLimitTests {
  private static let rule = "rule = rules.certainty { alpha = o.alpha }"
  /// Compares equal long strings for ever: one instruction each.
  private static let endless = "local s, q = ('x'):rep(1 << 20), ('x'):rep(1 << 20) while true do local x = s < q end "

  @Test(arguments: ["run", "check", "plan"])
  func hazard2_6_endsLoadingAtTheProcessorTime(command: String) throws {
    let project = try TestProject([("local o =", "\n" + Self.endless + "local o =")])
    let outcome = try project.run(command, "tiny.lua", "--seconds", "1")
    #expect(outcome.status == 4)
    #expect(
      outcome.errors == "swerve: error: tiny.lua:4: the limit of 1 s of processor time was reached\n"
        + "  hint: --seconds N raises it; it holds for loading and for each call of a hook\n")
  }

  @Test func hazard2_6_endsAHookAtTheProcessorTimeAndNamesIt() throws {
    let project = try TestProject([(Self.rule, "rule = function(t)\n\(Self.endless) end")])
    let outcome = try project.run("run", "tiny.lua", "--out", "record", "--seconds", "1", "--no-cache")
    #expect(outcome.status == 4)
    #expect(
      outcome.errors.contains(
        "tiny.lua:12: hook 'kl.rule' of stage 'tuned' at step 1: the limit of 1 s of processor time was reached\n"))
    // The wall is no part of what went in.
    #expect(try !project.folder.text("record/manifest.json").contains("seconds\":1,"))
  }

  @Test func hazard2_6_endsAFileOfTestsAtTheProcessorTime() throws {
    let folder = try TemporaryFolder()
    try "local testing = require 'swerve.testing'\ntesting.case('slow', function()\n\(Self.endless)end)".write(
      to: folder.file("slow_test.lua"), atomically: false, encoding: .utf8)
    let outcome = try Program.run(["test", "slow_test.lua", "--seconds", "1"], in: folder.url)
    #expect(outcome.status == 4)
    #expect(outcome.all.contains("slow_test.lua:3: the limit of 1 s of processor time was reached"))
  }

  @Test func hazard2_6_endsAHookAtTheSecondSignal() throws {
    let project = try TestProject([(Self.rule, "rule = function(t) print('in the hook') \(Self.endless) end")])
    for number in [SIGINT, SIGTERM] {
      let running = try Program.Running(
        ["run", "tiny.lua", "--out", "run-\(number)", "--quiet", "--no-cache"], in: project.folder.url)
      for _ in 0..<2000 where try !running.errorsSoFar().contains("in the hook") { usleep(5000) }
      let start = Date()
      kill(running.process.processIdentifier, number)
      // Within a second, both would count as one.
      usleep(1_200_000)
      kill(running.process.processIdentifier, number)
      #expect(try running.wait().status == 130)
      #expect(Date().timeIntervalSince(start) < 20)
    }
  }

  @Test func passesTheSameSecondsToAMemberOfASweep() throws {
    let project = try TestProject()
    let outcome = try project.run("sweep", "tiny.lua", "--list", "--seconds", "5", "--limit", "depth=5000")
    #expect(outcome.output.contains(" --limit depth=5000 "))
    #expect(outcome.output.contains(" --seconds 5"))
    #expect(try !project.run("sweep", "tiny.lua", "--list").output.contains("--seconds"))
  }

  @Test(arguments: ["run", "check", "sweep", "test", "replay", "lua"])
  func rejectsWrongSeconds(command: String) throws {
    let outcome = try Program.run([command, "x.lua", "--seconds", "0"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("--seconds must be in 1...86400, got 0"))
  }

  @Test func hazard2_8_endsAHookAtTheDepthLimitAndRecordsTheLimitIfSet() throws {
    let deep = "local function f(n) if n > 0 then return 1 + f(n - 1) end return 1 end"
    let project = try TestProject([
      ("local o =", deep + " local o ="), (Self.rule, "rule = function(t) pcall(f, 900) end"),
    ])
    let failed = try project.run("run", "tiny.lua", "--out", "failed", "--limit", "depth=800")
    #expect(failed.status == 4)
    #expect(
      failed.errors.contains(
        "hook 'kl.rule' of stage 'tuned' at step 1: the depth limit of 800 calls inside each other was reached"))
    try project.edit("tiny.lua", "pcall(f, 900)", "pcall(f, 900) return 1")
    try project.record("raised", "--limit", "depth=1000")
    #expect(try project.folder.text("raised/manifest.json").contains("\"depth\""))
    #expect(try project.run("replay", "raised").status == 0)
    try project.record("plain")
    #expect(try !project.folder.text("plain/manifest.json").contains("\"depth\""))
    #expect(try project.run("replay", "plain").status == 0)
  }

  @Test func hazard1_9_rejectsAWeakTableInAScript() throws {
    let project = try TestProject([("local o =", "local w = setmetatable({}, { __mode = 'k' }) local o =")])
    let outcome = try project.run("run", "tiny.lua")
    #expect(outcome.status == 3)
    #expect(outcome.errors.hasPrefix("swerve: error: tiny.lua:3: weak tables (__mode) are not available here: "))
  }

  @Test func hazard1_9_replaysARunWithAModeThatIsSetLater() throws {
    // Reads the table again and again with the collector at work; a replay has another heap than the run.
    let table = """
      local mode = {}
      local w = setmetatable({}, mode)
      for i = 1, 300 do w[{}] = i end
      mode.__mode = "k"
      local function count()
        for i = 1, 100000 do local garbage = { i } end
        local n = 0
        for _ in pairs(w) do n = n + 1 end
        return n / 300
      end
      local o =
      """
    let project = try TestProject([("local o =", table), (Self.rule, "rule = function(t) return count() end")])
    try project.record("record")
    #expect(try project.run("replay", "record").status == 0)
  }

  @Test func showsControlsOfAScriptsErrorAsEscapes() throws {
    let project = try TestProject([("local o =", "error('\\27[31mred\\nline\\r\\155') local o =")])
    for command in ["run", "check"] {
      let outcome = try project.run(command, "tiny.lua")
      #expect(outcome.status == 3)
      #expect(outcome.errors.hasPrefix("swerve: error: tiny.lua:3: \\u{1B}[31mred\nline\\r"))
      #expect(!outcome.errors.contains("\u{1B}"))
    }
  }

  @Test func hintsThatPlainLuaHasNoFiles() throws {
    let outcome = try Program.run(["lua", "-e", "io.write('x')"])
    #expect(outcome.status == 3)
    #expect(
      outcome.errors == "swerve: error: (command line):1: attempt to index a nil value (global 'io')\n"
        + "  hint: scripts have no files, clock and processes, so that they replay; swerve.text reads a text while they load\n"
    )
  }
}
