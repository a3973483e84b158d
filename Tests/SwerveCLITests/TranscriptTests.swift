import Foundation
import SwerveTestSupport
import Testing

@Suite struct TranscriptTests {
  /// A folder with one transcript of a mistake.
  private func project() throws -> TestProject {
    let project = try TestProject()
    try FileManager.default.createDirectory(at: project.folder.file("golden/cli"), withIntermediateDirectories: false)
    try project.write("golden/cli/bad.lua", "-- $ swerve check bad.lua\nreturn 7\n")
    try project.write(
      "golden/cli/bad.txt",
      """
      $ swerve check bad.lua
      swerve: error: bad.lua: a script must return a stage or a list of stages, got 7 (number)
        hint: end the script with `return swerve.finetune { ... }`
      exit code 3

      """)
    return project
  }

  @Test func passesTheTranscriptsOfTheRepository() throws {
    let outcome = try Program.run(["test", "golden/cli"], in: Fixtures.repository, environment: ["CI": "1"])
    #expect(outcome.status == 0, "\(outcome.output)")
    let scripts = try FileManager.default.contentsOfDirectory(
      atPath: Fixtures.repository.appendingPathComponent("golden/cli").path
    ).count { $0.hasSuffix(".lua") }
    #expect(scripts >= 10 && outcome.output.hasSuffix("\n\(scripts) passed, 0 failed\n"))
  }

  @Test(arguments: [[], ["golden"], ["golden/cli"], ["golden/cli/bad.lua"], ["golden/cli/bad.txt"]])
  func findsATranscriptByFolderScriptOrText(paths: [String]) throws {
    let project = try project()
    let outcome = try Program.run(["test"] + paths, in: project.folder.url)
    #expect(outcome.status == 0)
    #expect(outcome.output == "ok bad (transcript)\n1 passed, 0 failed\n")
  }

  /// The second command works on what the first one left in the folder.
  @Test func runsTheCommandsOfAScriptOneAfterTheOther() throws {
    let project = try TestProject()
    try FileManager.default.createDirectory(at: project.folder.file("golden/cli"), withIntermediateDirectories: false)
    let commands = "-- $ swerve run two.lua --out run --quiet\n-- $ swerve show run --check\n-- $ swerve show nothing\n"
    try project.write("golden/cli/two.lua", commands + TestProject.script)
    #expect(try project.run("test", "golden/cli/two.lua").status == 1, "there is no transcript yet")
    let answer = try project.folder.text("golden/cli/two.new.txt")
    #expect(answer.contains("$ swerve show run --check\nchecked ") && answer.contains(" files: intact\nexit code 0\n"))
    #expect(answer.contains("$ swerve show nothing\nswerve: error: "))
    #expect(answer.components(separatedBy: "exit code ").count == 4)
    #expect(try project.run("test", "golden/cli/two.lua", "--bless", "--reason", "first").status == 1)
    #expect(try project.run("test", "golden/cli/two.lua").status == 0)
  }

  @Test func reportsAnotherAnswerAsADifference() throws {
    let project = try project()
    try project.edit("golden/cli/bad.lua", "return 7", "return 8")
    let outcome = try project.run("test")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("golden/cli/bad.txt:2 says: swerve: error: bad.lua: a script must return a stage"))
    #expect(
      outcome.output.contains("the command answers: swerve: error: bad.lua: a script must return a stage or a list of"))
    #expect(outcome.output.contains("  to accept it: swerve test golden/cli/bad.txt --bless --reason \"...\"\n"))
    #expect(try project.run("test", "--json").output.contains("\"verdict\":\"different\",\"line\":2,"))
  }

  @Test func neverPassesWhenRecording() throws {
    let project = try project()
    try FileManager.default.removeItem(at: project.folder.file("golden/cli/bad.txt"))
    let missing = try project.run("test")
    #expect(missing.status == 1 && missing.output.contains("there is no golden/cli/bad.txt; the command answers:\n"))
    #expect(try project.run("test", "--bless", "--reason", "first").status == 1)
    #expect(try project.run("test").status == 0)
    try project.edit("golden/cli/bad.lua", "return 7", "return 8")
    // CI never writes.
    let before = try project.folder.text("golden/cli/bad.txt")
    #expect(try project.run("test", "--bless", "--reason", "ci", environment: ["CI": "1"]).status == 2)
    #expect(try project.folder.text("golden/cli/bad.txt") == before)
  }

  @Test func leavesAnotherAnswerForReviewAndKeepsItsReason() throws {
    let project = try project()
    try project.edit("golden/cli/bad.lua", "return 7", "return 8")
    #expect(try project.run("test", environment: ["CI": "1"]).status == 1)
    #expect(try project.folder.names("golden/cli") == ["bad.lua", "bad.txt"])
    #expect(try project.run("test", "golden/cli").errors == "next: swerve review (1 change is pending)\n")
    #expect(try project.folder.names("golden/cli") == ["bad.lua", "bad.new.txt", "bad.txt"])
    let list = try project.run("review", "--list")
    #expect(
      list.output.contains("\n  - swerve: error: bad.lua: a script must return a stage or a list of stages, got 7"))
    #expect(
      list.output.contains("\n  + swerve: error: bad.lua: a script must return a stage or a list of stages, got 8"))
    #expect(try project.run("test", environment: ["CI": "1"]).output.hasSuffix("0 passed, 1 failed\n"))
    // An answer that is right again leaves the pending change, which is a failure by itself.
    try project.edit("golden/cli/bad.lua", "return 8", "return 7")
    #expect(try project.run("test", environment: ["CI": "1"]).output.contains("FAILED cli/bad (pending)\n"))
    try project.edit("golden/cli/bad.lua", "return 7", "return 8")
    #expect(try project.run("review", "--accept", "cli/bad", "--reason", "eight is fine").status == 0)
    #expect(try project.folder.names("golden/cli") == ["REASONS", "bad.lua", "bad.txt"])
    #expect(try project.folder.text("golden/cli/REASONS").hasSuffix("Z: eight is fine\n"))
    #expect(try project.run("test", environment: ["CI": "1"]).status == 0)
    #expect(try project.run("test", "golden/cli", "--bless", "--reason", "still").status == 1)
    #expect(try project.folder.text("golden/cli/REASONS").hasSuffix("Z: still\n"))
  }

  @Test func rejectsATranscriptWithoutItsScript() throws {
    let project = try project()
    try project.write("golden/cli/gone.txt", "$ swerve check gone.lua\n")
    let outcome = try project.run("test")
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("the transcript golden/cli/gone.txt needs the script golden/cli/gone.lua "))
  }
}
