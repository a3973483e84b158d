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
  }

  /// Goes on with the adapters of a file, or trains all weights of the model with them.
  private static let next = """
    local swerve = require "swerve"
    local task = swerve.tasks.custom {
      name = "bees", longest_prompt = 12, limit = 4,
      prompt = function(rng) return ("%d bees"):format(rng:within(1, 99)) end,
      reward = function(problem, answer) return #answer % 3 end,
    }
    return swerve.finetune {
      name = "next", from = "FROM", task = task, TRAIN,
      algorithm = "grpo", group = 4, updates = 3, episodes = 8, minibatch = 8, lr = 1e-2, kl = { coef = 0.1, estimator = "full" },
      eval = { every = 1, sets = { training = 4 } },
    }
    """
  private static let adapters = "train = \"lora\", lora = { rank = 2, layers = { \"q_proj\", \"up_proj\" } }"

  /// A project whose second script starts from adapters of the first one's run.
  private func projectOfTwo(train: String = Self.adapters, from: String = "a/checkpoints/first.safetensors") throws
    -> TestProject
  {
    let project = try project()
    _ = try run(project, "run", "adapters.lua", "--out", "a", "--quiet")
    try project.write("next.lua", Self.next, [("FROM", from), ("TRAIN", train)])
    return project
  }

  @Test(arguments: [adapters, "train = \"all\""])
  func startsFromAFileOfAdapters(train: String) throws {
    let project = try projectOfTwo(train: train)
    _ = try run(project, "check", "next.lua")
    _ = try run(project, "run", "next.lua", "--out", "one", "--threads", "1", "--quiet")
    _ = try run(project, "run", "next.lua", "--out", "three", "--threads", "3", "--quiet")
    #expect(try project.digest("one") == project.digest("three"))
    #expect(try run(project, "replay", "one").output.contains("identical"))
    _ = try run(project, "run", "next.lua", "--out", "stopped", "--until", "2", "--quiet")
    _ = try run(project, "run", "stopped", "--resume", "--quiet")
    #expect(try project.bits("stopped") == project.bits("one"))
    #expect(try run(project, "generate", "one", "--prompt", "12 bees", "--json").output.contains("\"ids\":["))
    // The model below the adapters is an input, too.
    let manifest = try project.folder.text("one/manifest.json")
    #expect(manifest.contains("\"model/config.json\"") && manifest.contains("a/checkpoints/first.safetensors"))
  }

  /// The stage of the same run gives the same bits as its file.
  @Test func goesOnWithTheBitsOfAnEarlierStage() throws {
    let project = try projectOfTwo()
    _ = try run(project, "run", "next.lua", "--out", "next", "--quiet")
    try project.write(
      "both.lua", Self.script,
      [
        (
          "algorithm = \"a2c\", updates = 3, episodes = 8, minibatch = 4, lr = 1e-2,",
          """
          algorithm = "grpo", group = 4, updates = 3, episodes = 8, minibatch = 8, lr = 1e-2, kl = { coef = 0.1, estimator = "full" },
            eval = { every = 1, sets = { training = 4 } },
          """
        )
      ])
    _ = try run(project, "run", "both.lua", "--out", "both", "--quiet")
    func weights(_ run: String, _ stage: String) throws -> Data {
      let file = try Data(contentsOf: project.folder.file("\(run)/checkpoints/\(stage).safetensors"))
      let header = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      return file.dropFirst(8 + header)
    }
    #expect(try weights("next", "next") == weights("both", "second"))
  }

  @Test func packsTheModelBelowAdaptersAndReplaysElsewhere() throws {
    let project = try projectOfTwo()
    _ = try run(project, "run", "next.lua", "--out", "next", "--quiet")
    _ = try run(project, "pack", "next", "-o", "next.tar", "--with-models")
    let elsewhere = try TemporaryFolder()
    for name in ["model", "a"] { try FileManager.default.removeItem(at: project.folder.file(name)) }
    let replayed = try Program.run(["replay", project.folder.file("next.tar").path], in: elsewhere.url)
    #expect(replayed.status == 0 && replayed.output.contains("identical"), "\(replayed.all)")
  }

  @Test func saysWhereTheModelBelowAdaptersOfAFileIsMissing() throws {
    let project = try projectOfTwo(from: "first.safetensors")
    try FileManager.default.copyItem(
      at: project.folder.file("a/checkpoints/first.safetensors"), to: project.folder.file("first.safetensors"))
    // From the working folder, as the adapters name it.
    _ = try run(project, "check", "next.lua")
    try FileManager.default.moveItem(at: project.folder.file("model"), to: project.folder.file("moved"))
    let lost = try project.run("check", "next.lua")
    #expect(
      lost.status == 5 && lost.errors.contains("holds adapters of model") && lost.errors.contains("--base"),
      "\(lost.all)")
    // Where the user says that it is, and from then on where the record says so.
    _ = try run(project, "check", "next.lua", "--base", "moved")
    _ = try run(project, "run", "next.lua", "--out", "next", "--base", "moved", "--quiet")
    #expect(try run(project, "replay", "next").output.contains("identical"))
    let needless = try project.run("check", "tiny.lua", "--base", "moved")
    #expect(needless.status == 2 && needless.errors.contains("tiny.lua starts from none"), "\(needless.all)")
    // What is damaged is not taken for what is not there.
    try FileManager.default.createDirectory(at: project.folder.file("model"), withIntermediateDirectories: false)
    try Data("{".utf8).write(to: project.folder.file("model/config.json"))
    try FileManager.default.copyItem(
      at: project.folder.file("moved/tokenizer.json"), to: project.folder.file("model/tokenizer.json"))
    let damaged = try project.run("check", "next.lua")
    #expect(damaged.status == 5 && damaged.errors.contains("model is another model"), "\(damaged.all)")
  }

  @Test func evaluatesAndInspectsAdaptersOnABaseThatIsGiven() throws {
    let project = try projectOfTwo()
    let before = try run(project, "eval", "a", "--task", "next.lua", "--json").output
    let rule = ["rule", "next.lua", "--on", "a/checkpoints/second.safetensors", "--prompt", "12 bees", "--json"]
    let weights = try Program.run(rule, in: project.folder.url)
    #expect(weights.status == 0, "\(weights.all)")
    try project.write("whole.lua", Self.next, [("FROM", "moved"), ("TRAIN", "train = \"all\"")])
    try FileManager.default.moveItem(at: project.folder.file("model"), to: project.folder.file("moved"))
    #expect(try project.run("eval", "a", "--task", "whole.lua", "--json").status == 5)
    let after = try run(project, "eval", "a", "moved", "--task", "whole.lua", "--json", "--base", "moved").output
    func first(_ text: String) throws -> String {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      let models = try #require(object["models"] as? [[String: Any]])
      return String(
        decoding: try JSONSerialization.data(withJSONObject: try #require(models.first), options: .sortedKeys),
        as: UTF8.self)
    }
    #expect(try first(before) == first(after))
    let given = try project.run(
      "rule", "whole.lua", "--on", "a/checkpoints/second.safetensors", "--prompt", "12 bees", "--json", "--base",
      "moved")
    #expect(given.status == 0 && given.output.contains("\"answer\""), "\(given.all)")
    let needless = try project.run("eval", "moved", "--task", "whole.lua", "--base", "moved")
    #expect(needless.status == 2 && needless.errors.contains("holds a whole model"), "\(needless.all)")
  }
}
