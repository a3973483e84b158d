import Foundation
import SwerveTestSupport
import Testing

/// Data files that are too large for a copy in a run, CSV in a run, and what `check` says about overlaps.
@Suite struct LargeDataTests {
  /// Copies of a letter, by records of a file; the test set is a part of them.
  private static func script(_ file: String) -> String {
    """
    local swerve = require "swerve"
    local parts = swerve.data("\(file)"):split { by = "id", parts = { train = 0.5, test = 0.5 } }
    local function prompt(part) return function(rng) return { text = part:walk(rng).text .. ">" } end end
    local copy = swerve.tasks.custom {
      name = "copy", alphabet = "abcdefgh>.", stop = ".", longest_prompt = 6, limit = 6,
      prompt = prompt(parts.train), sets = { test = prompt(parts.test), again = prompt(parts.train) },
      solution = function(p) return p.text:sub(1, -2) end,
    }
    return swerve.pretrain {
      model = { layers = 1, heads = 1, width = 8, context = 16 }, task = copy, steps = 2, batch = 4, lr = 1e-3,
      eval = { every = 1, sets = { test = 4, again = 4 } },
    }

    """
  }

  /// Records of the texts aa, ab, ...; `pad` makes the file large.
  private func lines(_ pad: Int = 0) -> String {
    let letters = ["a", "b", "c", "d", "e", "f", "g", "h"]
    let texts = letters.flatMap { a in letters.flatMap { b in letters.map { a + b + $0 } } }
    let rest = String(repeating: "x", count: pad)
    return texts.enumerated().map { "{\"id\": \($0.offset), \"text\": \"\($0.element)\", \"pad\": \"\(rest)\"}\n" }
      .joined()
  }

  private func project(_ file: String, _ text: String) throws -> TestProject {
    let project = try TestProject()
    try project.write(file, text)
    try project.write("own.lua", Self.script(file))
    return project
  }

  @Test func saysHowManyProblemsOfAnEvaluationTrainingHas() throws {
    let project = try project("p.jsonl", lines())
    let outcome = try project.run("check", "own.lua")
    #expect(outcome.status == 0, "\(outcome.all)")
    #expect(
      outcome.output.contains(/overlap pretrain +set test: 0 of 4 problems are among the 8 that training draws\n/),
      "\(outcome.output)")
    #expect(outcome.output.contains(/overlap pretrain +set again: [0-4] of 4 problems are among the 8/))
    try project.edit("own.lua", "steps = 2, batch = 4", "steps = 100, batch = 32")
    let long = try project.run("check", "own.lua")
    #expect(long.output.contains("set test: 0 of 4 problems are among the 3200 that training draws"), "\(long.output)")
    #expect(long.output.contains("set again: 4 of 4 problems are among the 3200 that training draws"), "\(long.output)")
    #expect(
      try project.run("check", "own.lua", "--json").output.contains("\"overlaps\":[{\"stage\":\"pretrain\",\"set\":"))
    let without = try project.run("check", "own.lua", "--no-hooks")
    #expect(!without.output.contains("overlap "), "\(without.output)")
  }

  @Test func runsAndReplaysFromCSV() throws {
    let rows = ["id,text"] + (0..<40).map { "\($0),\"\(["ab", "ba", "gh", "ha"][$0 % 4])\"" }
    let project = try project("p.csv", rows.joined(separator: "\r\n"))
    #expect(try project.run("run", "own.lua", "--out", "run", "--quiet").status == 0)
    // The run has a copy of a small file.
    try FileManager.default.removeItem(at: project.folder.file("p.csv"))
    let replay = try project.run("replay", "run")
    #expect(replay.status == 0, "\(replay.all)")
  }

  /// 34 MiB: it is read where it is, and the run has its digest.
  @Test func keepsTheDigestOfALargeFileAndNoCopy() throws {
    let project = try project("p.jsonl", lines(70_000))
    #expect(try project.run("run", "own.lua", "--out", "run", "--quiet").status == 0)
    #expect(!project.folder.exists("run/script/p.jsonl"))
    let manifest = try project.folder.text("run/manifest.json")
    #expect(manifest.contains("\"not_copied\"") && manifest.contains("\"p.jsonl\""), "\(manifest)")
    #expect(try project.run("replay", "run").status == 0)
    #expect(try project.run("show", "run", "--check").status == 0)
    // The page does not offer a replay that could not find the file.
    let data = try project.folder.text("p.jsonl")
    try project.write("p.jsonl", data + "{}\n")
    #expect(try project.run("report", "run", "-o", "page.html", "--quiet").status == 0)
    let page = try project.folder.text("page.html")
    #expect(
      page.contains("can't be computed again here: p.jsonl was changed since") && !page.contains("swerve replay run<"))
    try project.write("p.jsonl", data)
    // A pack takes it along.
    #expect(try project.run("pack", "run", "-o", "run.tar").status == 0)
    try FileManager.default.moveItem(at: project.folder.file("p.jsonl"), to: project.folder.file("away.jsonl"))
    let packed = try project.run("replay", "run.tar")
    #expect(packed.status == 0, "\(packed.all)")
    let gone = try project.run("replay", "run")
    #expect(gone.status != 0 && gone.errors.contains("there is no file \"p.jsonl\""), "\(gone.all)")
    // One byte of it is another.
    try FileManager.default.moveItem(at: project.folder.file("away.jsonl"), to: project.folder.file("p.jsonl"))
    try project.edit("p.jsonl", "\"pad\": \"x", "\"pad\": \"y")
    let edited = try project.run("replay", "run")
    #expect(edited.status != 0 && edited.errors.contains("file p.jsonl"), "\(edited.all)")
  }

  @Test func namesTheLineOfAMistakeInALargeFile() throws {
    let project = try project("p.jsonl", lines(70_000))
    let handle = try FileHandle(forWritingTo: project.folder.file("p.jsonl"))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("{\"id\": 7,}\n".utf8))
    try handle.close()
    let outcome = try project.run("check", "own.lua")
    #expect(
      outcome.status == 3 && outcome.errors.contains("p.jsonl:513: a key in quotes should be here"), "\(outcome.all)")
  }
}
