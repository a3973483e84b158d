import Foundation
import SwerveTestSupport
import Testing

/// Low-rank adapters as a user trains, keeps and hands them on.
@Suite struct AdapterTests {
  /// Adapters on a model file, and again on these adapters.
  private static let script = """
    local swerve = require "swerve"
    local task = swerve.tasks.custom {
      name = "bees", longest_prompt = 12, limit = 4,
      prompt = function(rng) return ("%d bees"):format(rng:within(1, 99)) end,
      reward = function(problem, answer) return #answer % 3 end,
    }
    local first = swerve.finetune {
      name = "first", from = "model", task = task, train = "lora", lora = { rank = 2, layers = { "q_proj", "up_proj" } },
      algorithm = "grpo", group = 4, updates = 3, episodes = 8, minibatch = 8, lr = 1e-2, kl = { coef = 0.1, estimator = "full" },
      eval = { every = 2, sets = { training = 4 } },
    }
    return swerve.finetune {
      name = "second", from = first, task = task, train = "lora", lora = { rank = 2, layers = { "q_proj", "up_proj" } },
      algorithm = "a2c", updates = 3, episodes = 8, minibatch = 4, lr = 1e-2,
    }
    """

  private func project(_ changes: [(String, String)] = []) throws -> TestProject {
    let project = try TestProject()
    try project.write("adapters.lua", Self.script, changes)
    try FileManager.default.copyItem(
      at: RealModels.models.appendingPathComponent("llama-gqa"), to: project.folder.file("model"))
    return project
  }

  private func run(_ project: TestProject, _ arguments: String...) throws -> Program.Outcome {
    let outcome = try Program.run(arguments, in: project.folder.url)
    try #require(outcome.status == 0, "\(outcome.all)")
    return outcome
  }

  private func size(_ project: TestProject, _ name: String) throws -> Int {
    try Data(contentsOf: project.folder.file(name)).count
  }

  @Test func givesTheSameBitsOnAnyThreadsResumedAndReplayed() throws {
    let project = try project()
    _ = try run(project, "run", "adapters.lua", "--out", "one", "--threads", "1", "--quiet")
    _ = try run(project, "run", "adapters.lua", "--out", "three", "--threads", "3", "--quiet")
    #expect(try project.digest("one") == project.digest("three"))
    #expect(try run(project, "replay", "one", "--threads", "2").output.contains("identical"))
    // Stopped in the second stage, whose start is made of the model and of the first stage's adapters.
    var stopped = 0
    for delay in [0, 30_000, 60_000, 120_000] where stopped == 0 {
      let name = "killed\(delay)"
      let running = try Program.Running(
        ["run", "adapters.lua", "--out", name, "--quiet", "--checkpoint-every", "1"], in: project.folder.url)
      while running.process.isRunning {
        let position = (try? project.folder.text(name + "/checkpoints/position.json")) ?? ""
        if position.contains("\"stage\": \"second\"") { break }
      }
      usleep(UInt32(delay))
      kill(running.process.processIdentifier, SIGKILL)
      _ = try running.wait()
      if project.folder.exists(name + "/result.json") { continue }
      stopped += 1
      _ = try run(project, "run", name, "--resume", "--quiet")
      #expect(try project.digest(name) == project.digest("one"))
    }
    #expect(stopped > 0, "no run was stopped before its end")
  }

  @Test func keepsAdaptersOnlyAndFindsTheModelBelowThem() throws {
    let project = try project()
    _ = try run(project, "run", "adapters.lua", "--out", "a", "--quiet")
    let checkpoint = "a/checkpoints/second.safetensors"
    _ = try run(project, "import", checkpoint, "-o", "merged.safetensors")
    let written = try run(project, "generate", "a", "--prompt", "12 bees", "--json").output
    #expect(written.contains("\"ids\":["))
    // Nothing but the path has changed.
    try FileManager.default.moveItem(at: project.folder.file("model"), to: project.folder.file("moved"))
    let lost = try Program.run(["generate", "a", "--prompt", "12 bees"], in: project.folder.url)
    #expect(
      lost.status == 5 && lost.errors.contains("holds adapters of model") && lost.errors.contains("--base"),
      "\(lost.all)")
    let again = try run(project, "generate", "a", "--prompt", "12 bees", "--json", "--base", "moved").output
    #expect(again == written)
    let other = try Program.run(
      ["generate", "a", "--prompt", "12 bees", "--base", "merged.safetensors"], in: project.folder.url)
    #expect(other.status == 5 && other.errors.contains("merged.safetensors is another model"), "\(other.all)")
    let needless = try Program.run(
      ["generate", "merged.safetensors", "--prompt", "12 bees", "--base", "moved"], in: project.folder.url)
    #expect(needless.status == 2 && needless.errors.contains("holds a whole model"), "\(needless.all)")
  }

  @Test func exportsAdaptersAloneAndMerged() throws {
    let project = try project()
    _ = try run(project, "run", "adapters.lua", "--out", "a", "--quiet")
    _ = try run(project, "export", "a", "whole", "--to", "hf")
    _ = try run(project, "export", "a", "adapters", "--to", "peft")
    let config = try project.folder.text("adapters/adapter_config.json")
    #expect(config.contains("\"r\": 2") && config.contains("self_attn.q_proj") && !config.contains("v_proj"))
    #expect(try size(project, "adapters/adapter_model.safetensors") < size(project, "whole/model.safetensors"))
    let merged = try run(project, "generate", "whole", "--prompt", "12 bees", "--json").output
    #expect(try merged == run(project, "generate", "whole", "--prompt", "12 bees", "--json").output)
    let none = try Program.run(["export", "whole", "x", "--to", "peft"], in: project.folder.url)
    #expect(none.status == 2 && none.errors.contains("no adapters"), "\(none.all)")
    #expect(!project.folder.exists("x"))
  }

  @Test(arguments: [
    (
      "\"up_proj\" } },\n  algorithm = \"a2c\"", "\"up_prj\" } },\n  algorithm = \"a2c\"",
      "no 'up_prj'; did you mean 'up_proj'?"
    ),
    (
      "rank = 2, layers = { \"q_proj\", \"up_proj\" } },\n  algorithm = \"a2c\"", "rank = 3 },\n  algorithm = \"a2c\"",
      "starts from a LoRA of rank 2"
    ),
    (
      "train = \"lora\", lora = { rank = 2, layers = { \"q_proj\", \"up_proj\" } },\n  algorithm = \"a2c\"",
      "lora = { rank = 2 },\n  algorithm = \"a2c\"", "option 'lora' is for 'train' = \"lora\""
    ),
    (
      "algorithm = \"a2c\",", "algorithm = \"a2c\", reference = { every = 1, mix = 0.5 },",
      "option 'reference' moves a copy"
    ),
  ]) func refusesAdaptersThatDoNotFit(_ old: String, _ new: String, _ message: String) throws {
    let project = try project([(old, new)])
    let checked = try project.run("check", "adapters.lua")
    #expect(checked.status == 3 && checked.errors.contains(message), "\(checked.all)")
  }

  /// The model below the adapters then has a critic, too, and is the reference with it.
  @Test func trainsAdaptersOnAModelThatWasFineTuned() throws {
    let project = try project([
      (
        "from = \"model\", task = task, train = \"lora\", lora = { rank = 2, layers = { \"q_proj\", \"up_proj\" } }",
        "from = \"model\", task = task"
      )
    ])
    _ = try run(project, "run", "adapters.lua", "--out", "a", "--quiet")
    #expect(try run(project, "replay", "a").output.contains("identical"))
    #expect(try run(project, "generate", "a", "--prompt", "12 bees", "--json").output.contains("\"ids\":["))
  }

  @Test func startsAWholeModelFromAdaptersMerged() throws {
    let project = try project([
      (
        "from = first, task = task, train = \"lora\", lora = { rank = 2, layers = { \"q_proj\", \"up_proj\" } }",
        "from = first, task = task"
      )
    ])
    _ = try run(project, "run", "adapters.lua", "--out", "a", "--quiet")
    #expect(try run(project, "replay", "a").output.contains("identical"))
    #expect(
      try 4 * size(project, "a/checkpoints/first.safetensors") < size(project, "a/checkpoints/second.safetensors") * 3)
    // A file with adapters is not a model that a stage can start from.
    try FileManager.default.copyItem(
      at: project.folder.file("a/checkpoints/first.safetensors"), to: project.folder.file("first.safetensors"))
    try project.write("adapters.lua", Self.script, [("from = \"model\"", "from = \"first.safetensors\"")])
    let refused = try project.run("check", "adapters.lua")
    #expect(refused.status != 0 && refused.errors.contains("merge them first: swerve import"), "\(refused.all)")
  }
}
