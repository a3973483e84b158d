import Foundation
import SwerveTestSupport
import Testing

/// `swerve test` sees what moved no bit: a golden pins options, files and code.
@Suite struct PinnedGoldenTests {
  /// The word is read by nothing, the rule's second branch never taken, and the text only its length: no number depends on them.
  private static let script = """
    local swerve = require "swerve"
    local o = swerve.options { alpha = 20, coef = 0.25, word = "x" }
    assert(#swerve.text "data/words.txt" > 0)
    local reference = swerve.pretrain {
      model = { layers = 1, heads = 1, width = 16, context = 360 },
      task = swerve.tasks.addition { comfort = 2 }, steps = 1, batch = 4, lr = 1e-3,
    }
    return swerve.finetune {
      name = "tuned", from = reference, task = swerve.tasks.addition { comfort = 2, plus = 1 },
      updates = 1, episodes = 2, minibatch = 2, lr = 1e-4, vf = 0.1,
      kl = { coef = o.coef, estimator = "k2", temperature = 4.0, rule = require "parts.rule" },
    }

    """
  private static let rule = """
    -- A rule of one's own.
    return function(t, step) return step > 100 and t.certainty or 1 end

    """

  /// Its golden is of a run with `options`.
  private func project(_ options: String...) throws -> TestProject {
    let project = try TestProject()
    for folder in ["data", "parts"] {
      try FileManager.default.createDirectory(at: project.folder.file(folder), withIntermediateDirectories: false)
    }
    try project.write("tiny.lua", Self.script)
    try project.write("parts/rule.lua", Self.rule)
    try project.write("data/words.txt", "ab\n")
    try bless(project, options)
    return project
  }

  private func bless(_ project: TestProject, _ options: [String]) throws {
    let run = try Program.run(["run", "tiny.lua", "--out", "a", "--quiet"] + options, in: project.folder.url)
    try #require(run.status == 0, "\(run.errors)")
    try #require(try project.run("bless", "a", "--reason", "first").status == 0)
    try FileManager.default.removeItem(at: project.folder.file("a"))
  }

  /// The golden as an earlier swerve wrote it.
  private func age(_ project: TestProject) throws {
    let text = try project.folder.text("golden/tiny.jsonl")
    let field = try #require(text.firstMatch(of: /"code_sha256":.*?\}\],/)).0
    try project.edit("golden/tiny.jsonl", String(field), "")
  }

  @Test(arguments: [
    ("tiny.lua", "word = \"x\"", "word = \"y\"", "the golden pins word = \"x\", the script now says \"y\"\n"),
    ("parts/rule.lua", "step > 100", "step > 200", "parts/rule.lua was edited since the golden was recorded (SHA-256 "),
    ("data/words.txt", "ab\n", "ba\n", "data/words.txt was edited since the golden was recorded (SHA-256 "),
    ("tiny.lua", "> 0)", "> 1)", "tiny.lua was edited since the golden was recorded (SHA-256 "),
  ])
  func failsForAChangeThatMovesNoBitAndNamesIt(file: String, old: String, new: String, message: String) throws {
    let project = try project()
    #expect(try project.run("test").output == "ok tiny (2 steps)\n1 passed, 0 failed\n")
    try project.edit(file, old, new)
    let tested = try project.run("test")
    #expect(tested.status == 1 && tested.output.hasPrefix("FAILED tiny\n  \(message)"), "\(tested.output)")
    #expect(tested.output.contains("\n  no difference in the numbers of 2 steps\n"))
    let json = try project.run("test", "--json")
    #expect(json.output.contains("\"verdict\":\"different\"") && json.output.contains("\"same\":true"))
    #expect(try project.run("test", environment: ["CI": "1"]).status == 1)
    // It waits for a decision as any other change does.
    #expect(try project.run("review", "--accept", "tiny", "--reason", "meant").status == 0)
    #expect(try project.run("test", environment: ["CI": "1"]).status == 0)
    try project.edit(file, new, old)
    #expect(try project.run("test").status == 1)
    let blessed = try project.run("test", "--bless", "--reason", "back")
    #expect(
      blessed.status == 1 && blessed.output.hasPrefix("BLESSED tiny (2 steps): recorded golden/tiny.jsonl\n  note: "))
    #expect(try project.run("test").status == 0)
  }

  @Test func namesADefaultThatMovesBitsBesideTheFirstDifference() throws {
    let project = try project()
    try project.edit("tiny.lua", "coef = 0.25", "coef = 0.5")
    let tested = try project.run("test")
    #expect(tested.status == 1 && tested.output.hasPrefix("FAILED tiny\n  step 1 of stage tuned: "), "\(tested.output)")
    #expect(
      tested.output.contains(
        "\n  since the golden was recorded:\n    the golden pins coef = 0.25, the script now says 0.5\n"))
    // What is recorded is what the script says.
    _ = try project.run("test", "--bless", "--reason", "larger")
    #expect(try project.folder.text("golden/tiny.jsonl").contains("\"coef\":0.5,"))
    #expect(try project.run("test").status == 0)
  }

  @Test func passesWithAnEditedCommentButFailsInCI() throws {
    let project = try project()
    try project.edit("parts/rule.lua", "one's own", "mine")
    let tested = try project.run("test")
    #expect(tested.status == 0)
    #expect(
      tested.output.hasPrefix("ok tiny (2 steps)\n  note: parts/rule.lua was edited since its golden was recorded"))
    let stale = try project.run("test", environment: ["CI": "1"])
    #expect(stale.status == 5 && stale.output.contains("is stale: parts/rule.lua was edited since, to the same bits\n"))
  }

  @Test func keepsOptionsGivenBySet() throws {
    let project = try project("--set", "coef=0.75")
    #expect(try project.folder.text("golden/tiny.jsonl").contains("\"set\":[\"coef\"]"))
    #expect(try project.run("test").status == 0)
    // The script's own value of it is not the golden's.
    try project.edit("tiny.lua", "coef = 0.25", "coef = 0.5")
    let tested = try project.run("test")
    #expect(!tested.output.contains("the golden pins") && !tested.output.contains("step 1"), "\(tested.output)")
    try project.edit("tiny.lua", "alpha = 20", "alpha = 10")
    #expect(try project.run("test").output.contains("the golden pins alpha = 20, the script now says 10\n"))
    _ = try project.run("test", "--bless", "--reason", "both")
    let header = try project.folder.text("golden/tiny.jsonl").prefix { $0 != "\n" }
    #expect(header.contains("\"set\":[\"coef\"]") && header.contains("\"alpha\":10,\"coef\":0.75,"))
    #expect(try project.run("test").status == 0)
    // An option that is gone can't be given.
    try project.edit("tiny.lua", "coef = 0.5, ", "")
    try project.edit("tiny.lua", "o.coef", "0.5")
    let gone = try project.run("test")
    #expect(gone.status == 1)
    #expect(
      gone.output.contains("was recorded with --set, and the script does not take that any more: "), "\(gone.output)")
    #expect(gone.output.contains("  hint: `swerve run` the script as it is meant now, then `swerve bless RUN"))
    try bless(project, [])
    #expect(try project.run("test").status == 0)
  }

  @Test func readsAGoldenOfAnEarlierSwerveAndNamesAChangedDefault() throws {
    let project = try project("--set", "coef=0.75")
    try age(project)
    // Of the text that it was recorded of, all options are right.
    #expect(try project.run("test").output == "ok tiny (2 steps)\n1 passed, 0 failed\n")
    try project.edit("tiny.lua", "word = \"x\"", "word = \"y\"")
    let tested = try project.run("test")
    #expect(tested.output.contains("the golden pins word = \"x\", the script now says \"y\"\n"), "\(tested.output)")
    #expect(tested.output.contains("the golden does not say which options --set gave: "))
    try project.edit("tiny.lua", "word = \"y\"", "word = \"x\"")
    // Recorded anew of the same text, it says who gave what.
    _ = try project.run("test", "--bless", "--reason", "the new header")
    #expect(try project.folder.text("golden/tiny.jsonl").contains("\"set\":[\"coef\"]"))
    #expect(try project.run("test").status == 0)
  }

  @Test func reportsAnEditedNumberWithItsStepAndBothValues() throws {
    let project = try project()
    let (old, new) = try project.changeLoss("golden/tiny.jsonl", line: 2)
    let tested = try project.run("test")
    #expect(tested.status == 1)
    #expect(tested.output.hasPrefix("FAILED tiny\n  step 1 of stage pretrain: loss: \(new)"))
    let message =
      "\n  the golden was edited after it was recorded: golden/tiny.jsonl: step 1 of stage pretrain: "
      + "loss was recorded as \(old) (0x"
    #expect(tested.output.contains(message) && tested.output.contains(" and now says \(new)"), "\(tested.output)")
    #expect(tested.output.contains("restore it from version control"))
  }

  /// What decides the numbers can't be changed in the first line: the golden's own digest of its inputs says so.
  @Test(arguments: [
    ("\"seed\":1", "\"seed\":2"), ("\"alpha\":20", "\"alpha\":30"), ("\"instructions\":", "\"instructions\":1"),
  ])
  func reportsAnEditedFirstLine(_ old: String, _ new: String) throws {
    let project = try project()
    try project.edit("golden/tiny.jsonl", old, new)
    let tested = try project.run("test")
    #expect(
      tested.status == 1 && tested.output.contains("golden/tiny.jsonl was edited after it was recorded"),
      "\(tested.output)")
  }

  @Test func rejectsAPendingChangeWithAnEditedFirstLine() throws {
    let project = try project()
    try project.edit("tiny.lua", "coef = 0.25", "coef = 0.5")
    #expect(try project.run("test").status == 1)
    let before = try project.folder.text("golden/tiny.jsonl")
    try project.edit("golden/tiny.new.jsonl", "\"seed\":1", "\"seed\":2")
    let accepted = try project.run("review", "--accept", "tiny", "--reason", "more")
    #expect(accepted.status == 1 && accepted.errors.contains("was edited after it was recorded"), "\(accepted.all)")
    #expect(try project.folder.text("golden/tiny.jsonl") == before)
  }

  /// The last digit of a digest: both are shown whole.
  @Test func showsAnEditedDigestWhole() throws {
    let project = try project()
    let line = try project.folder.text("golden/tiny.jsonl").split(separator: "\n")[2]
    let digest = try #require(line.firstMatch(of: /"weights":"([0-9a-f]{64})"/)).1
    let edited = digest.dropLast() + (digest.last == "0" ? "1" : "0")
    try project.edit("golden/tiny.jsonl", String(digest), String(edited))
    let tested = try project.run("test")
    #expect(tested.output.contains("weights was recorded as \(digest) and now says \(edited)"), "\(tested.output)")
  }

  @Test func reportsConflictMarksOfAMergeWithAWayOut() throws {
    let project = try project()
    let lines = try project.folder.text("golden/tiny.jsonl").split(separator: "\n").map(String.init)
    let merged = [lines[0], "<<<<<<< HEAD", lines[1], "=======", lines[1], ">>>>>>> topic"] + lines[2...]
    try project.write("golden/tiny.jsonl", merged.joined(separator: "\n") + "\n")
    for arguments in [["test"], ["test", "--bless", "--reason", "x"]] {
      let tested = try Program.run(arguments, in: project.folder.url)
      #expect(
        tested.output.hasPrefix(
          """
          FAILED tiny
            golden/tiny.jsonl:2: here are git's conflict marks: a merge left two versions in this file
            hint: keep one of them: while the merge is open with `git checkout --ours golden/tiny.jsonl` or `git checkout --theirs golden/tiny.jsonl`, after it by hand

          """), "\(tested.output)")
    }
  }

  @Test(arguments: ["tiny.new.lua", ".tiny.lua"])
  func rejectsAGoldenOfAScriptWithAReservedName(name: String) throws {
    let project = try TestProject()
    try project.write(name, TestProject.script)
    let run = try project.run("run", name, "--out", "a", "--quiet")
    try #require(run.status == 0)
    for arguments in [["bless", "a", "--reason", "x"], ["test", name], ["test", name, "--bless", "--reason", "x"]] {
      let refused = try Program.run(arguments, in: project.folder.url)
      #expect(
        refused.status == 2 && refused.errors.contains("\(name) can have no golden: names that "), "\(refused.all)")
      #expect(refused.errors.contains("  hint: give the script another name\n"))
    }
    #expect(try project.folder.names("golden").isEmpty)
  }

  /// The same of a transcript, and of an experiment that is about to be made.
  @Test func rejectsTranscriptsAndExperimentsWithReservedNames() throws {
    let project = try TestProject()
    try FileManager.default.createDirectory(at: project.folder.file("golden/cli"), withIntermediateDirectories: false)
    for name in ["a.new", ".a"] { try project.write("golden/cli/\(name).lua", "-- $ swerve list\n") }
    let tested = try project.run("test", "golden/cli", "--bless", "--reason", "x")
    #expect(tested.status == 2 && tested.output.hasSuffix("0 passed, 2 failed\n"), "\(tested.all)")
    #expect(try project.folder.names("golden/cli") == [".a.lua", "a.new.lua"])
    #expect(try project.run("new", "a.new").status == 2 && !project.folder.exists("a.new"))
  }

  /// As tools do that load and save safetensors.
  @Test func treatsACheckpointWithARewrittenHeaderAsTheSameInput() throws {
    let project = try TestProject()
    try project.record("base")
    let (model, path) = (
      project.folder.file("base/checkpoints/pretrain.safetensors"), project.folder.file("a.safetensors")
    )
    try FileManager.default.copyItem(at: model, to: path)
    try project.write(
      "from.lua", TestProject.script,
      [
        ("local reference = swerve.pretrain {", "local reference = \"a.safetensors\" local _ = {"),
        ("  eval = { every = 2, sets = { comfort = 2, plus1 = 2 } },\n", ""),
      ])
    let run = try project.run("run", "from.lua", "--out", "a", "--quiet")
    try #require(run.status == 0, "\(run.errors)")
    try #require(try project.run("bless", "a", "--reason", "first").status == 0)
    // "format" moves from behind the model's numbers to their front.
    let bytes = try Data(contentsOf: path)
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let header = try #require(String(data: bytes[8..<8 + length], encoding: .utf8))
    let format = ",\"format\":\"swerve-checkpoint-1\""
    let moved = header.replacingOccurrences(of: format, with: "")
      .replacingOccurrences(of: "{\"model\":", with: "{" + format.dropFirst() + ",\"layers\":\"1\",\"model\":")
      .replacingOccurrences(of: "\"model\":\"gpt2\",\"layers\":\"1\",", with: "\"model\":\"gpt2\",")
    try #require(moved != header && moved.utf8.count == length)
    try (bytes.prefix(8) + Data(moved.utf8) + bytes[(8 + length)...]).write(to: path)
    #expect(try project.run("replay", "a").status == 0)
    #expect(try project.run("test", "from.lua").output == "ok from (2 steps)\n1 passed, 0 failed\n")
    #expect(try project.run("test", "from.lua", environment: ["CI": "1"]).status == 0)
    // Another model is another input.
    try project.record("other", "--seed", "2")
    try FileManager.default.removeItem(at: path)
    try FileManager.default.copyItem(at: project.folder.file("other/checkpoints/pretrain.safetensors"), to: path)
    #expect(try project.run("replay", "a").errors.contains("file a.safetensors is not what it was"))
    #expect(
      try project.run("test", "from.lua").output.contains("    a.safetensors was edited since the golden was recorded"))
  }
}
