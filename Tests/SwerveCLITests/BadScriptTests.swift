import Foundation
import Testing

/// Every mistake in a script has one message at its line, and leaves nothing half-written.
@Suite struct BadScriptTests {
  private static let rule = "rules.certainty { alpha = o.alpha }"

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let old: String
    let new: String
    let status: Int32
    let expected: [String]
    /// The stage before it was recorded and stays.
    var afterTraining = false
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "a syntax error", old: "local o =", new: "local o ==", status: 3, expected: ["tiny.lua:3: "]),
    Case(
      name: "an unknown option", old: "minibatch", new: "minibach", status: 3,
      expected: ["tiny.lua:8: unknown option 'minibach' of swerve.finetune; did you mean 'minibatch'?\n", "  hint: "]),
    Case(
      name: "a wrong type", old: "updates = 2", new: "updates = \"two\"", status: 3,
      expected: ["tiny.lua:8: option 'updates' must be a whole number in [1, 1000000], got \"two\" (string)\n"]),
    Case(
      name: "out of range", old: "vf = 0.1", new: "vf = -1", status: 3,
      expected: ["tiny.lua:8: option 'vf' must be at least 0, got -1 (number)\n"]),
    Case(
      name: "too long for the context", old: "context = 360", new: "context = 200", status: 3,
      expected: ["tiny.lua:8: stage 'tuned': ", " tokens, but the model's context is 200\n"]),
    Case(
      name: "a missing checkpoint", old: "from = reference", new: "from = \"gone.safetensors\"", status: 5,
      expected: ["tiny.lua:8: there is no checkpoint ", "/gone.safetensors\n", "(seen from the script's folder)"]),
    Case(
      name: "an endless loop", old: "local o =", new: "while true do end local o =", status: 4,
      expected: ["tiny.lua:3: ", "the instruction limit of 100000000 was reached\n"]),
    Case(
      name: "a rule that returns nil", old: rule, new: "function(t) end", status: 3,
      expected: ["tiny.lua:11: hook 'kl.rule' of stage 'tuned' at step 1: ", "got nil\n"], afterTraining: true),
    Case(
      name: "a rule that returns NaN", old: rule, new: "function(t) return t.certainty * (0/0) end", status: 3,
      expected: ["hook 'kl.rule' of stage 'tuned' at step 1: ", "row 1, position 1", "got nan\n"], afterTraining: true),
    Case(
      name: "a rule that returns a negative weight", old: rule, new: "function(t) return t.certainty - 1 end",
      status: 3,
      expected: ["hook 'kl.rule' of stage 'tuned' at step 1: ", "row 1, position 1", "must be at least 0, got -0."],
      afterTraining: true),
    Case(
      name: "a rule that returns the wrong shape", old: rule, new: "function(t) return { 1, 2 } end", status: 3,
      expected: ["hook 'kl.rule' of stage 'tuned' at step 1: ", "one number for each of the ", "got a list of 2\n"],
      afterTraining: true),
    Case(
      name: "a rule for one token that returns nil", old: rule,
      new: "rules.each(function(tok) if tok.position == 3 then return nil end return 1 end)", status: 3,
      expected: ["stage 'tuned' at step 1: ", "row 1, position 3", "got nil\n"], afterTraining: true),
  ]

  @Test(arguments: cases)
  func namesTheMistake(mistake: Case) throws {
    let project = try TestProject([(mistake.old, mistake.new)])
    let outcome = try project.run("run", "tiny.lua")
    #expect(outcome.status == mistake.status)
    #expect(outcome.errors.hasPrefix("swerve: error: "))
    for part in mistake.expected { #expect(outcome.errors.contains(part)) }
    #expect(outcome.output.isEmpty)
    if mistake.afterTraining {
      let run = try #require(try project.folder.names("runs").first)
      #expect(try project.folder.text("runs/\(run)/result.json").contains("\"status\": \"failed\""))
    } else {
      #expect(try project.folder.names() == ["golden", "tiny.lua"])
      #expect(try project.run("check", "tiny.lua").status == mistake.status)
    }
  }

  @Test func namesAMissingScript() throws {
    let project = try TestProject()
    let outcome = try project.run("run", "gone.lua")
    #expect(outcome.status == 5)
    #expect(
      outcome.errors == """
        swerve: error: cannot read the script gone.lua: no such file
          hint: give the path of a Lua file that returns a stage

        """)
    #expect(try project.run("run", "tiny").errors.hasSuffix("  hint: did you mean tiny.lua?\n"))
    // Plain Lua returns no stage.
    #expect(try project.run("lua", "gone.lua").errors.hasSuffix("  hint: give the path of a Lua file\n"))
  }

  @Test func reportsADrawingThatCannotBeWritten() throws {
    let project = try TestProject()
    let outcome = try project.run("plan", "tiny.lua", "--svg", "/nonexistent/x.svg")
    #expect(outcome.status == 5)
    #expect(
      outcome.errors.hasSuffix("  hint: give the path of a file in a folder that is there and writable\n"),
      "\(outcome.errors)")
  }

  @Test func leavesNoFoldersOfARunThatFailsBeforeItsFirstStep() throws {
    let project = try TestProject([("lr = 1e-3,", "lr = function() error('no rate') end,")])
    for arguments in [["--out", "a/b/c"], ["--runs", "a/b"], []] {
      #expect(try Program.run(["run", "tiny.lua"] + arguments, in: project.folder.url).status == 3)
      #expect(try project.folder.names() == ["golden", "tiny.lua"])
    }
    // A folder that was there before stays.
    try FileManager.default.createDirectory(at: project.folder.file("a"), withIntermediateDirectories: false)
    #expect(try project.run("run", "tiny.lua", "--out", "a/b/c").status == 3)
    #expect(try project.folder.names() == ["a", "golden", "tiny.lua"] && project.folder.names("a").isEmpty)
  }

  @Test func keepsAWholeNumberWholeHoweverItIsWritten() throws {
    let project = try TestProject()
    let outcome = try project.run("check", "tiny.lua", "--set", "digits=2e0")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains(/option digits +2\n/))
  }

  @Test func rejectsASettingThatNoOptionTakes() throws {
    let project = try TestProject()
    let unknown = try project.run("run", "tiny.lua", "--set", "alhpa=3")
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("--set alhpa=3: unknown option 'alhpa'; did you mean 'alpha'?\n"))
    let text = try project.run("check", "tiny.lua", "--set", "alpha=x")
    #expect(text.status == 2)
    #expect(text.errors.contains("--set alpha=x: must be a number\n"))
  }
}
