import Foundation
import SwerveTestSupport
import Testing

/// A task on a model's own tokens with problems of a data file, as a user runs it.
@Suite struct TextTaskTests {
  /// Makes the model that the other script starts from: it copies letters.
  private static let base = """
    local swerve = require "swerve"
    return swerve.pretrain {
      name = "base", model = { layers = 1, heads = 1, width = 16, context = 24 }, steps = 3, batch = 4, lr = 1e-3,
      task = swerve.tasks.custom {
        alphabet = "abc>!\\n", prompt = function(rng) return ("abc"):sub(rng:within(1, 3)) .. ">" end,
        solution = function(prompt) return prompt:sub(1, -2) end, longest_prompt = 8, limit = 8,
      },
    }
    """

  private static let script = """
    local swerve = require "swerve"
    local problems = swerve.data "data/problems.jsonl"
    local copy = swerve.tasks.custom {
      name = "copy", longest_prompt = 8, limit = 6, stop = { "!", "\\n" },
      prompt = function(rng)
        local problem = problems:walk(rng)
        return { text = problem.word .. ">", answer = problem.word }
      end,
      solution = function(problem) return problem.answer end,
      reward = function(problem, answer, finished) return finished and answer == problem.answer and 1 or #answer / 100 end,
    }
    return swerve.finetune {
      name = "tune", from = "base.safetensors", task = copy, algorithm = "grpo", group = 2,
      updates = 2, episodes = 4, minibatch = 4, lr = 1e-3,
      kl = { coef = 0.1, rule = function(t) return t.certainty end },
      eval = { every = 2, greedy = false, sets = { training = 3 } },
    }
    """

  /// A project in which both scripts are there and the model is made.
  private func project() throws -> TestProject {
    let project = try TestProject()
    try project.write("base.lua", Self.base)
    try project.write("text.lua", Self.script)
    try FileManager.default.createDirectory(at: project.folder.file("data"), withIntermediateDirectories: false)
    try project.write("data/problems.jsonl", "{\"word\": \"ab\"}\n{\"word\": \"cab\"}\n{\"word\": \"b\"}\n")
    let made = try project.run("run", "base.lua", "--out", "base", "--quiet")
    try #require(made.status == 0, "\(made.all)")
    try FileManager.default.copyItem(
      at: project.folder.file("base/checkpoints/base.safetensors"), to: project.folder.file("base.safetensors"))
    return project
  }

  @Test func checksRunsAndTestsAScriptOfTexts() throws {
    let project = try project()
    let checked = try project.run("check", "text.lua")
    #expect(checked.status == 0 && checked.output.contains("copy"), "\(checked.all)")
    #expect(try project.run("plan", "text.lua").status == 0)
    for (name, threads) in [("a", "1"), ("b", "3")] {
      let run = try project.run("run", "text.lua", "--out", name, "--threads", threads, "--quiet")
      try #require(run.status == 0, "\(run.all)")
    }
    #expect(try project.digest("a") == project.digest("b"))
    #expect(try project.folder.text("a/samples.jsonl").contains("\"prompt\":\"cab>\""))
    let manifest = try project.folder.text("a/manifest.json")
    #expect(manifest.contains("\"data/problems.jsonl\"") && manifest.contains("\"base.safetensors\""))
    let blessed = try project.run("bless", "a", "--reason", "a test")
    #expect(blessed.status == 0, "\(blessed.all)")
    let tested = try project.run("test", "text.lua")
    #expect(tested.status == 0, "\(tested.all)")
    // The record has its own copy of the data, and no copy of the model.
    try project.write("data/problems.jsonl", "{\"word\": \"c\"}\n")
    let replay = try project.run("replay", "a")
    #expect(replay.status == 0 && replay.output.contains("identical"), "\(replay.all)")
    #expect(try project.run("test", "text.lua").status == 1)
    try FileManager.default.removeItem(at: project.folder.file("base.safetensors"))
    let missing = try project.run("replay", "a")
    #expect(missing.status == 5 && missing.errors.contains("there is no checkpoint"), "\(missing.all)")
    #expect(missing.errors.contains("text.lua:12"), "\(missing.all)")
  }

  @Test func showsTheRuleAndReplaysAPackedRunWithoutItsFiles() throws {
    let project = try project()
    let rule = try project.run("rule", "text.lua", "--on", "base.safetensors", "--prompt", "ab>", "--answer", "ab!")
    #expect(rule.status == 0 && rule.output.contains("\"ab>\""), "\(rule.all)")
    let run = try project.run("run", "text.lua", "--out", "a", "--quiet")
    try #require(run.status == 0, "\(run.all)")
    let packed = try project.run("pack", "a", "-o", "a.tar")
    #expect(packed.status == 0, "\(packed.all)")
    for name in ["base.safetensors", "data/problems.jsonl"] {
      try FileManager.default.removeItem(at: project.folder.file(name))
    }
    let replay = try project.run("replay", "a.tar")
    #expect(replay.status == 0 && replay.output.contains("identical"), "\(replay.all)")
  }

  @Test func namesAChangedModelInReplay() throws {
    let project = try project()
    let run = try project.run("run", "text.lua", "--out", "a", "--quiet")
    try #require(run.status == 0, "\(run.all)")
    let other = try project.run("run", "base.lua", "--seed", "2", "--out", "other", "--quiet")
    try #require(other.status == 0, "\(other.all)")
    try FileManager.default.removeItem(at: project.folder.file("base.safetensors"))
    try FileManager.default.copyItem(
      at: project.folder.file("other/checkpoints/base.safetensors"), to: project.folder.file("base.safetensors"))
    let replay = try project.run("replay", "a")
    #expect(replay.status != 0 && replay.errors.contains("base.safetensors"), "\(replay.all)")
  }
}
