import Foundation
import SwerveTestSupport
import Testing

/// Goldens and packs of scripts that start from models of other tools, which are no part of a repository.
@Suite struct MissingModelTests {
  /// A run with its golden, of a script that starts from a copy of a fixture's model.
  private func project(_ source: URL, model: String) throws -> TestProject {
    let project = try TestProject()
    try FileManager.default.copyItem(at: source, to: project.folder.file(model))
    try project.write(
      "copy.lua",
      """
      local swerve = require "swerve"
      return swerve.finetune {
        from = "\(model)", algorithm = "grpo", updates = 1, episodes = 2, group = 2, minibatch = 2, lr = 1e-4,
        task = swerve.tasks.custom {
          prompt = function() return "a" end, reward = function(_, answer) return #answer end, limit = 2,
        },
      }

      """)
    let run = try project.run("run", "copy.lua", "--out", "run", "--quiet")
    try #require(run.status == 0, "\(run.all)")
    try #require(try project.run("bless", "run", "--reason", "a test").status == 0)
    #expect(try project.run("test").output == "ok copy (1 steps)\n1 passed, 0 failed\n")
    return project
  }

  private static let models: [(source: URL, model: String)] = [
    (RealModels.gguf.appendingPathComponent("llama-Q8_0.gguf"), "m.gguf"),
    (RealModels.gguf.appendingPathComponent("llama-Q8_0.gguf"), "m.weights"),
    (RealModels.gguf.appendingPathComponent("llama-Q8_0.gguf"), "m.safetensors"),
    (RealModels.models.appendingPathComponent("qwen2"), "qwen2"),
  ]

  @Test(arguments: models)
  func skipsAGoldenWhoseModelIsNotHereAndLeavesModelsOutOfPacks(source: URL, model: String) throws {
    let project = try project(source, model: model)
    #expect(try project.run("pack", "run", "-o", "without.tar").status == 0)
    #expect(try project.run("pack", "run", "-o", "with.tar", "--with-models").status == 0)
    func bytes(_ name: String) throws -> Int { try Data(contentsOf: project.folder.file(name)).count }
    #expect(try bytes("with.tar") - bytes("without.tar") > 30_000)
    try FileManager.default.removeItem(at: project.folder.file(model))
    let tested = try project.run("test")
    #expect(tested.status == 0 && tested.output.contains("there is no model \(model);"), "\(tested.all)")
    let json = try project.run("test", "--json").output
    #expect(json.contains("\"verdict\":\"skipped\",\"model\":\"\(model)\""), "\(json)")
  }

  @Test func failsAGoldenWhoseCheckpointIsNotHere() throws {
    let project = try TestProject()
    try project.record("a")
    let checkpoint = try #require(
      project.folder.names("a/checkpoints").first { $0.hasPrefix("pretrain") && $0.hasSuffix(".safetensors") })
    try FileManager.default.copyItem(
      at: project.folder.file("a/checkpoints/" + checkpoint), to: project.folder.file("base.checkpoint"))
    try project.write(
      "more.lua", TestProject.script, [("from = reference", "from = \"base.checkpoint\"")])
    let run = try project.run("run", "more.lua", "--out", "run", "--quiet")
    try #require(run.status == 0, "\(run.all)")
    try #require(try project.run("bless", "run", "--reason", "a test").status == 0)
    try FileManager.default.removeItem(at: project.folder.file("base.checkpoint"))
    #expect(try project.run("test", "golden/more.jsonl").status != 0)
  }
}
