import Foundation
import SwerveTensor
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveModel

/// Folders as transformers saves them: what is read, and what is written and read again.
@Suite struct HuggingFaceFolderFixtureTests {
  static let folders = try! RealModels.folders

  private func read(_ files: [ModelFile]) throws -> StoredModel {
    try WeightFormat.read(files)
  }

  private func parameters(_ stored: StoredModel, threads: Int = 2) throws -> [(name: String, values: [Float])] {
    try loaded(stored, threads: threads).copiedParameters
  }

  private func loaded(_ stored: StoredModel, threads: Int = 2) throws -> Transformer {
    let pool = WorkerPool(threads: threads)
    defer { pool.close() }
    let model = Transformer(stored.configuration)
    try stored.load(into: model, pool: pool)
    return model
  }

  @Test(arguments: folders)
  func readsTheConfigurationFromConfig(name: String) throws {
    let config = try RealModels.object(RealModels.models.appendingPathComponent("\(name)/config.json"))
    let made = try read(RealModels.folder(name)).configuration
    func number(_ keys: String...) -> Int? { keys.compactMap { config[$0] as? Int }.first }
    func real(_ keys: String...) -> Double? { keys.compactMap { config[$0] as? Double }.first }
    #expect(made.family.name == config["model_type"] as? String)
    #expect(made.width == number("hidden_size", "n_embd"))
    #expect(made.layers == number("num_hidden_layers", "n_layer"))
    #expect(made.heads == number("num_attention_heads", "n_head"))
    #expect(made.keyValueHeads == number("num_key_value_heads", "num_attention_heads", "n_head"))
    #expect(made.headWidth == number("head_dim") ?? made.width / made.heads)
    #expect(made.innerWidth == number("intermediate_size") ?? 4 * made.width)
    #expect(made.context == number("max_position_embeddings", "n_positions"))
    #expect(made.vocabulary == number("vocab_size"))
    #expect(made.layerNormEpsilon == real("rms_norm_eps", "layer_norm_epsilon", "layer_norm_eps").map { Float($0) })
    #expect(made.tokenTypes == number("type_vocab_size") ?? 0)
    #expect(made.isTied == config["tie_word_embeddings"] as? Bool)
    let rotary = config["rope_parameters"] as? [String: Any]
    let base = real("rope_theta") ?? rotary?["rope_theta"] as? Double
    #expect((made.positions == .rotary) == (base != nil))
    if let base { #expect(made.rotary.base == base) }
    if let scaling = config["rope_scaling"] as? [String: Any] {
      #expect(
        made.rotary.scaling
          == .llama3(
            factor: try #require(scaling["factor"] as? Double),
            low: try #require(scaling["low_freq_factor"] as? Double),
            high: try #require(scaling["high_freq_factor"] as? Double),
            original: try #require(scaling["original_max_position_embeddings"] as? Int)))
    } else {
      #expect(made.rotary.scaling == .none)
    }
  }

  @Test(arguments: folders)
  func loadsTheValuesOfTheFiles(name: String) throws {
    let files = try RealModels.folder(name)
    let parameters = try parameters(try read(files))
    let shards = try files.filter { $0.name.endsExactly(with: ".safetensors") }.map {
      try TensorFile(bytes: [UInt8]($0.bytes))
    }
    for tensor in parameters {
      let old = tensor.name.replacingExactly("LayerNorm.weight", with: "LayerNorm.gamma")
        .replacingExactly("LayerNorm.bias", with: "LayerNorm.beta")
      let names = ["", "transformer.", "bert."].flatMap { [$0 + tensor.name, $0 + old] }
      let values = shards.lazy.flatMap { shard in names.compactMap { try? shard.floats($0, converting: true) } }.first
      #expect(values?.elementsEqual(tensor.values) == true, "\(tensor.name)")
    }
  }

  @Test func readsTheSameWeightsFromTheHubsFileOfGPT2() throws {
    let ours = try parameters(try read(RealModels.folder("gpt2")))
    let hubs = try parameters(try read(RealModels.folder("gpt2-hub")))
    for (a, b) in zip(ours, hubs) { #expect(a.values.elementsEqual(b.values), "\(a.name)") }
  }

  @Test func loadsTheSameBitsAtAnyNumberOfThreads() throws {
    let stored = try read(RealModels.folder("llama-sharded"))
    let one = try parameters(stored, threads: 1)
    for threads in [2, 3, 5] {
      let more = try parameters(stored, threads: threads)
      for (a, b) in zip(one, more) { #expect(a.values.elementsEqual(b.values), "\(a.name)") }
    }
  }

  @Test(arguments: folders)
  func readsBackWhatItWroteBitForBit(name: String) throws {
    let stored = try read(RealModels.folder(name))
    let model = try loaded(stored)
    let export = HuggingFaceExport(
      specialTokens: stored.specialTokens, specialTokenTexts: stored.specialTokenTexts,
      chatTemplate: stored.chatTemplate, tokenizer: "{}")
    let written = try export.files(of: model).map { file in
      var bytes: [UInt8] = []
      try file.write { bytes += $0 }
      #expect(bytes.count == file.byteCount, "\(file.name)")
      return ModelFile(name: file.name, contents: bytes)
    }
    let again = try read(written)
    #expect(again.configuration == stored.configuration)
    #expect(again.specialTokens == stored.specialTokens)
    #expect(again.specialTokenTexts.map(\.text) == stored.specialTokenTexts.map(\.text))
    #expect(again.specialTokenTexts.map(\.name) == stored.specialTokenTexts.map(\.name))
    #expect(again.chatTemplate == stored.chatTemplate)
    for (a, b) in zip(model.copiedParameters, try parameters(again)) {
      #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern), "\(a.name)")
    }
    #expect(again.tensors.contains { $0.name === "lm_head.weight" } == !stored.configuration.isTied)
  }

  @Test(arguments: folders)
  func acceptsTheTokenizersVocabularyAndRejectsALargerOne(name: String) throws {
    let stored = try read(RealModels.folder(name))
    guard case .json(let file) = stored.tokenizer else {
      Issue.record("no tokenizer")
      return
    }
    let json = try JSONSerialization.jsonObject(with: Data(file.bytes)) as? [String: Any]
    let vocabulary = (json?["model"] as? [String: Any])?["vocab"] as? [String: Int]
    let added = (json?["added_tokens"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
    let tokens = (Array(try #require(vocabulary).values) + added).max()! + 1
    #expect(throws: Never.self) { try stored.checkVocabulary(of: tokens) }
    let error = #expect(throws: WeightFormatError.self) {
      try stored.checkVocabulary(of: stored.configuration.vocabulary + 1)
    }
    #expect(error?.kind == .contradictory)
  }

  @Test func rejectsWritingWhatAConfigCannotSay() throws {
    let divisors = try WeightFormat.read(
      [ModelFile(name: "llama3-F32.gguf", contents: RealModels.ggufBytes("llama3-F32.gguf"))])
    let error = #expect(throws: WeightFormatError.self) { try HuggingFaceExport().files(of: loaded(divisors)) }
    #expect(error?.kind == .unsupported)
    #expect(error?.hint != nil)
    let rotary = try ModelConfiguration(
      layers: 1, heads: 2, width: 8, context: 4, vocabulary: 5, positions: .rotary)
    #expect(throws: WeightFormatError.self) { try HuggingFaceExport().files(of: Transformer(rotary)) }
  }

  @Test func leavesAValueHeadOutAndKeepsItWhenLoading() throws {
    let plain = try read(RealModels.folder("gpt2"))
    var configuration = plain.configuration
    configuration.valueHeadWidth = 3
    let model = Transformer(configuration)
    model.update { $0.update(repeating: 0.5, count: model.layout.count) }
    try plain.load(into: model, pool: WorkerPool(threads: 1))
    let heads = Set(model.layout.entries.filter(\.role.isValueHead).map(\.name))
    #expect(!heads.isEmpty)
    for (name, values) in model.copiedParameters where heads.contains(name) {
      #expect(values.allSatisfy { $0 == 0.5 }, "\(name)")
    }
    let written = try HuggingFaceExport().files(of: model).map { file in
      var bytes: [UInt8] = []
      try file.write { bytes += $0 }
      return ModelFile(name: file.name, contents: bytes)
    }
    #expect(written.map(\.name) == ["config.json", "model.safetensors"])
    let again = try read(written)
    #expect(again.configuration == plain.configuration)
    #expect(again.tensors.count == plain.tensors.count)
  }

  /// Names that no parameter has are listed, and their values can be read.
  @Test func listsTheHeadOfAClassifier() throws {
    let stored = try read(RealModels.folder("bert-classifier"))
    #expect(stored.tensors.contains { $0.name === "bert.embeddings.position_ids" && $0.typeName === "I64" })
    let head = try #require(stored.tensors.first { $0.name === "classifier.weight" })
    #expect(try stored.values(of: "classifier.weight").count == head.count)
    #expect(throws: WeightFormatError.self) { try stored.values(of: "bert.embeddings.position_ids") }
  }
}
