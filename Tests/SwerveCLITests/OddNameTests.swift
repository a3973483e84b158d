import Foundation
import Testing

/// Files whose names and first bytes differ from what most people use: recorded and replayed like others, or refused before
/// anything is trained.
@Suite struct OddNameTests {
  private func write(_ path: String, _ text: String, in project: TestProject) throws {
    let file = project.folder.file(path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// Runs, replays, packs and replays the pack elsewhere.
  private func expectWhole(_ script: String, in project: TestProject, steps: Int) throws {
    let run = try project.run("run", script, "--out", "out", "--no-cache", "--quiet")
    try #require(run.status == 0, "\(run.errors)")
    #expect(try project.run("replay", "out").output == "replayed \(steps) steps: identical\n")
    #expect(try project.run("show", "out", "--check").status == 0)
    #expect(try project.run("pack", "out", "-o", "out.tar", "--quiet").status == 0)
    let elsewhere = try TemporaryFolder()
    try FileManager.default.moveItem(at: project.folder.file("out.tar"), to: elsewhere.file("out.tar"))
    let replayed = try Program.run(["replay", "out.tar"], in: elsewhere.url)
    #expect(replayed.output == "replayed \(steps) steps: identical\n", "\(replayed.all)")
  }

  @Test func keepsTextsWithEquivalentNamesApart() throws {
    let project = try TestProject()
    let names = ["data/\u{e5}.txt", "data/a\u{30a}.txt", "data/\u{212b}.txt"]
    for (place, name) in names.enumerated() { try write(name, ["ab", "ba", "bb"][place] + "\n", in: project) }
    try write(
      "two.lua",
      """
      local swerve = require "swerve"
      local texts = { \(names.map { "swerve.text \"\($0)\"" }.joined(separator: ", ")) }
      local task = swerve.tasks.custom { alphabet = "ab>\\n", longest_prompt = 3, limit = 3,
        prompt = function(rng) return "a>" end, reward = function() return 0 end,
        text = function(rng) return texts[rng:within(1, 3)] end }
      return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 12 }, task = task,
        steps = 2, batch = 6, lr = 1e-2 }
      """, in: project)
    try expectWhole("two.lua", in: project, steps: 2)
    let manifest = Array(try Data(contentsOf: project.folder.file("out/manifest.json")))
    let shown = Array(try project.run("show", "out", "--all").output.utf8)
    for name in names {
      #expect(manifest.contains(Array("\"\(name)\"".utf8)))
      #expect(shown.contains(Array("file \(name) ".utf8)))
    }
    // An edit of one of them is found in that one.
    try write("data/a\u{30a}.txt", "aa\n", in: project)
    #expect(try project.run("run", "two.lua", "--out", "other", "--no-cache", "--quiet").status == 0)
    let differences = Array(try project.run("diff", "out", "other").output.utf8)
    #expect(
      differences.contains(Array("data/a\u{30a}.txt".utf8)) && !differences.contains(Array("data/\u{e5}.txt".utf8)))
  }

  @Test(arguments: [
    Array(repeating: "deep", count: 60).joined(separator: "/") + "/tiny.lua", ".hidden/.tiny.lua",
    String(repeating: "\u{1f9ea}", count: 61) + ".lua", "two words/it's #1 100%.lua",
  ])
  func recordsAScriptOfAnyPath(_ path: String) throws {
    let project = try TestProject()
    try write(path, try project.folder.text("tiny.lua"), in: project)
    try expectWhole(path, in: project, steps: 5)
  }

  @Test(arguments: [
    (Array(repeating: "d", count: 130).joined(separator: "/") + "/tiny.lua", "at most 1024 bytes and 128 names"),
    ("two\nlines.lua", "its path has a control character"), (".a.tmp-1.lua", "a name of swerve's own files"),
  ])
  func rejectsAPathThatNoRecordCanKeepBeforeTraining(_ path: String, _ message: String) throws {
    let project = try TestProject()
    try write(path, try project.folder.text("tiny.lua"), in: project)
    for command in ["check", "run"] {
      let outcome = try project.run(command, path)
      #expect(outcome.status == 5 && outcome.errors.contains(message), "\(outcome.all)")
    }
    #expect(!project.folder.exists("runs"))
  }

  @Test(arguments: [["check", "tiny.lua", "--set", "word=na\\357ve"], ["list", "na\\357ve"]])
  func rejectsAnArgumentThatIsNotUTF8(_ arguments: [String]) throws {
    let project = try TestProject()
    let script = #"exec "$0" $(printf "$1")"#
    let shell = try Program.Running(
      ["-c", script, Program.url.path, arguments.joined(separator: " ")], of: URL(fileURLWithPath: "/bin/sh"),
      in: project.folder.url)
    let outcome = try shell.wait()
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("is not UTF-8"), "\(outcome.all)")
  }

  @Test func acceptsAByteOrderMarkInLuaFiles() throws {
    let project = try TestProject()
    let mark = "\u{feff}"
    try write("tiny.lua", mark + project.folder.text("tiny.lua"), in: project)
    try expectWhole("tiny.lua", in: project, steps: 5)
    // Its digest is that of the file, and so is the copy.
    #expect(try project.folder.text("out/script/tiny.lua").utf8.elementsEqual(project.folder.text("tiny.lua").utf8))
    try write("plain.lua", mark + "print(1 + 1)", in: project)
    #expect(try project.run("lua", "plain.lua").output == "2\n")
    try write("a_test.lua", mark + "require('swerve.testing').case('runs', function() end)", in: project)
    #expect(try project.run("test", "a_test.lua").output.hasSuffix("1 passed, 0 failed\n"))
  }
}

extension [UInt8] {
  fileprivate func contains(_ part: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: part) }
  }
}
