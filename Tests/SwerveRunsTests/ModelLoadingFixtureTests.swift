import Foundation
import SwerveModel
import SwerveRL
import SwerveRuns
import SwerveTensor
import SwerveTestSupport
import Testing

/// Whole models from files of other tools: what they generate, and what comes out again.
@Suite struct ModelLoadingFixtureTests {
  /// What a set says of one model.
  private struct Facts: Decodable {
    struct Greedy: Decodable {
      let prompt: [Int32]
      let tokens: [Int32]
    }
    struct Text: Decodable {
      let text: String
      let ids: [Int32]
    }
    let greedy: [Greedy]
    let texts: [Text]
  }

  private struct GGUFFacts: Decodable {
    let greedy: Facts.Greedy
    let texts: [Facts.Text]
  }

  private func load<Result>(_ path: String, _ body: (LoadedModel, WorkerPool) throws -> Result) throws -> Result {
    let pool = WorkerPool(threads: 2)
    defer { pool.close() }
    return try body(ModelLoading.model(ModelFiles(path), mode: .exact, pool: pool), pool)
  }

  private func continuation(_ model: LoadedModel, _ greedy: Facts.Greedy, _ pool: WorkerPool) throws -> [Int32] {
    try Sampler(model.model, pool: pool).generate(
      prompts: [greedy.prompt], rules: [NeverStop()], limits: [greedy.tokens.count], mode: .greedy,
      stream: RandomStream(seed: 1, purpose: "test"), step: 0)[0].tokens
  }

  private static let folders = ["llama-gqa", "llama-headdim", "llama-rope3", "llama-sharded", "qwen2", "qwen3", "gpt2"]

  @Test(arguments: folders) func continuesTextsAsTransformersDoes(_ name: String) throws {
    let facts = try JSONDecoder().decode(
      Facts.self, from: Data(contentsOf: RealModels.models.appendingPathComponent(name + ".expected.json")))
    try load(RealModels.models.appendingPathComponent(name).path) { (model, pool) throws in
      for greedy in facts.greedy { #expect(try continuation(model, greedy, pool) == greedy.tokens) }
      for text in facts.texts where !text.text.isEmpty {
        #expect(try model.tokenizer.encodePrompt(text.text) == text.ids, "\(text.text)")
      }
    }
  }

  @Test func continuesTextsOfEveryGGUFFileAsTheReferenceDoes() throws {
    let all = try JSONDecoder().decode(
      [String: GGUFFacts].self, from: Data(contentsOf: RealModels.gguf.appendingPathComponent("expected.json")))
    #expect(!all.isEmpty)
    for (name, facts) in all {
      try load(RealModels.gguf.appendingPathComponent(name).path) { (model, pool) throws in
        #expect(try continuation(model, facts.greedy, pool) == facts.greedy.tokens, "\(name)")
        for text in facts.texts where !text.text.isEmpty {
          #expect(try model.tokenizer.encodePrompt(text.text) == text.ids, "\(name): \(text.text)")
        }
      }
    }
  }

  @Test(arguments: ["llama-gqa", "qwen2", "qwen3", "gpt2", "bert"])
  func exportsAFolderThatHoldsTheSameModel(_ name: String) throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.file("exported")
    try load(RealModels.models.appendingPathComponent(name).path) { (model, pool) throws in
      try ModelExport.huggingFace(model, to: folder)
      let again = try ModelLoading.model(ModelFiles(folder), mode: .exact, pool: pool)
      #expect(again.tokenizer.identity == model.tokenizer.identity)
      #expect(again.model.configuration == model.model.configuration)
      for (a, b) in zip(again.model.copiedParameters, model.model.copiedParameters) {
        #expect(a.name == b.name && bits(a.values) == bits(b.values), "\(a.name)")
      }
    }
  }

  @Test func keepsTheModelAndItsTokenizerInACheckpoint() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("model.safetensors")
    try load(RealModels.models.appendingPathComponent("llama-gqa").path) { (model, pool) throws in
      try ModelExport.checkpoint(model, to: path)
      let again = try ModelLoading.model(ModelFiles(path), mode: .exact, pool: pool)
      #expect(again.tokenizer.identity == model.tokenizer.identity)
      #expect(again.tokenizer.endTokens == model.tokenizer.endTokens)
      #expect(again.model.configuration == model.model.configuration)
    }
  }

  @Test func rejectsAFolderThatIsNoModelAndAFileThatIsNotThere() throws {
    let temporary = try TemporaryFolder()
    #expect(throws: (any Error).self) { try ModelFiles(temporary.path) }
    #expect(throws: (any Error).self) { try ModelFiles(temporary.file("none.gguf")) }
  }

  private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
}
