import Foundation
import SwerveTensor
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveModel

/// Folders that ask for what this program does not compute, or that contradict themselves.
@Suite struct HuggingFaceRefusalTests {
  private static func folder(
    _ name: String, _ changes: [String: String] = [:], file: String = "config.json", without: [String] = []
  ) throws -> [ModelFile] {
    try RealModels.folder(name).map { original in
      guard original.name === file, !changes.isEmpty || !without.isEmpty else { return original }
      var members = try original.object().filter { !without.containsExactly($0.key) }
      for (key, text) in changes.sorted(by: { $0.key.isExactlyBefore($1.key) }) {
        members.removeAll { $0.key === key }
        members.append(JSONMember(key, try JSONParser.parse(text)))
      }
      return ModelFile(name: file, contents: Array(JSONValue.object(members).pretty().utf8))
    }
  }

  private func read(_ files: [ModelFile]) throws -> StoredModel {
    try WeightFormat.read(files)
  }

  private func refusal(_ files: [ModelFile]) -> WeightFormatError? {
    #expect(throws: WeightFormatError.self) { try read(files) }
  }

  /// A damaged file has names of any length.
  @Test func showsTheBeginningsOfLongNames() throws {
    let name = String(repeating: "k", count: 70_000)
    let refused = [
      refusal(
        try Self.folder(
          "llama-sharded", ["weight_map": "{\"\(name)\": \"\(name)\"}"], file: "model.safetensors.index.json")),
      refusal(try Self.folder("qwen2", [name: "1"])), refusal(try Self.folder("qwen2", ["model_type": "\"\(name)\""])),
    ]
    for error in refused { #expect((1..<2000).contains(error?.message.utf8.count ?? 0)) }
    let tokenizer = try #require(RealModels.folder("qwen2").first { $0.name == "tokenizer.json" })
    let others = try tokenizer.object().filter { $0.key !== "model" }
    let json = JSONValue.object(others + [JSONMember("model", ["type": "BPE", "dropout": .string(name)])])
    let error = #expect(throws: TokenizerError.self) { try SubwordTokenizer(json: Array(json.compact().utf8)) }
    #expect((1..<4000).contains(error?.message.utf8.count ?? 0))
  }

  @Test(arguments: [
    ("llama-gqa", "hidden_act", #""gelu""#), ("llama-gqa", "attention_bias", "true"),
    ("llama-gqa", "mlp_bias", "true"), ("llama-gqa", "model_type", #""gemma""#),
    ("llama-gqa", "rope_scaling", #"{"rope_type":"linear","factor":2.0}"#),
    ("llama-gqa", "rope_scaling", #"{"type":"dynamic","factor":2.0}"#),
    ("llama-gqa", "partial_rotary_factor", "0.5"), ("llama-gqa", "quantization_config", #"{"bits":4}"#),
    ("llama-gqa", "surprise", "1"), ("llama-gqa", "auto_map", #"{"AutoModel":"m.M"}"#),
    ("llama-gqa", "hidden_size", #""24""#), ("llama-gqa", "rms_norm_eps", "-1"),
    ("llama-gqa", "layer_types", #"["sliding_attention","full_attention"]"#),
    ("llama-gqa", "eos_token_id", "5000"), ("llama-gqa", "eos_token_id", "[1, -1]"),
    ("llama-headdim", "rope_theta", "10000.0"),
    ("llama-headdim", "rope_parameters", #"{"rope_type":"yarn","rope_theta":1e5}"#),
    ("qwen2", "use_sliding_window", "true"), ("qwen2", "use_mrope", "true"), ("qwen3", "attention_bias", "true"),
    ("gpt2", "activation_function", #""relu""#), ("gpt2", "scale_attn_by_inverse_layer_idx", "true"),
    ("gpt2", "scale_attn_weights", "false"), ("gpt2", "n_inner", "50"), ("gpt2", "tie_word_embeddings", "false"),
    ("gpt2", "add_cross_attention", "true"), ("bert", "hidden_act", #""relu""#),
    ("bert", "position_embedding_type", #""relative_key""#), ("bert", "is_decoder", "true"),
    ("bert", "is_encoder_decoder", "true"),
  ])
  func rejectsByNameWhatIsNotSupported(folder: String, key: String, value: String) throws {
    let error = try refusal(Self.folder(folder, [key: value]))
    let names = [error?.subject ?? "", error?.file ?? ""].joined(separator: " ")
    let isNamed = names.containsExactly(key) || key === "rms_norm_eps" || key === "rope_theta"
    #expect(isNamed, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("llama-gqa", "hidden_size"), ("llama-gqa", "num_attention_heads"), ("llama-gqa", "rms_norm_eps"),
    ("qwen2", "num_key_value_heads"), ("qwen3", "head_dim"), ("gpt2", "n_layer"), ("bert", "type_vocab_size"),
    ("bert", "model_type"),
  ])
  func namesWhatIsMissing(folder: String, key: String) throws {
    let error = try refusal(Self.folder(folder, without: [key]))
    #expect(error?.kind == .missing)
    #expect(error?.subject?.containsExactly(key) == true)
  }

  @Test(arguments: [
    ("llama-gqa", "surprise", "false"), ("llama-gqa", "surprise", "null"), ("llama-gqa", "_surprise", "1"),
    ("llama-gqa", "attention_dropout", "0.5"), ("qwen2", "sliding_window", "4096"),
    ("llama-gqa", "partial_rotary_factor", "1.0"), ("llama-gqa", "head_dim", "null"),
    ("llama-gqa", "rope_scaling", #"{"rope_type":"default"}"#), ("gpt2", "n_inner", "96"),
    ("llama-headdim", "rope_theta", "100000.0"),
  ])
  func skipsWhatMeansNothing(folder: String, key: String, value: String) throws {
    let plain = try read(Self.folder(folder)).configuration
    #expect(try read(Self.folder(folder, [key: value])).configuration == plain)
  }

  @Test func readsMistralAsALlamaUnlessItSlidesAWindow() throws {
    let plain = try read(Self.folder("llama-gqa")).configuration
    let without = ["attention_bias", "mlp_bias"]
    let mistral = try Self.folder(
      "llama-gqa", ["model_type": #""mistral""#, "sliding_window": "null"], without: without)
    #expect(try read(mistral).configuration == plain)
    let sliding = try Self.folder(
      "llama-gqa", ["model_type": #""mistral""#, "sliding_window": "4096"], without: without)
    #expect(refusal(sliding)?.subject?.containsExactly("sliding_window") == true)
  }

  @Test func prefersEndsOfGenerationToThoseOfTheConfig() throws {
    let files = try Self.folder("llama-gqa", ["eos_token_id": "[3, 5]"], file: "generation_config.json")
    #expect(try read(files).specialTokens.eos == [3, 5])
    #expect(try read(files.filter { $0.name !== "generation_config.json" }).specialTokens.eos == [313])
  }

  @Test func namesAMissingShard() throws {
    let files = try Self.folder("llama-sharded").filter { $0.name !== "model-00002-of-00004.safetensors" }
    let error = refusal(files)
    #expect(error?.kind == .missing)
    #expect(error?.file == "model-00002-of-00004.safetensors")
  }

  @Test(arguments: [
    ("model.norm.weight", #""model-00001-of-00004.safetensors""#, "model.norm.weight"),
    ("extra.weight", #""model-00001-of-00004.safetensors""#, "extra.weight"),
    ("model.norm.weight", "7", "model.norm.weight"),
  ])
  func rejectsAnIndexThatContradictsItsShards(tensor: String, shard: String, subject: String) throws {
    let files = try Self.folder("llama-sharded").map { file in
      guard file.name === "model.safetensors.index.json" else { return file }
      let map = try file.object().first { $0.key === "weight_map" }?.value.members ?? []
      let changed = map.filter { $0.key !== tensor } + [JSONMember(tensor, try JSONParser.parse(shard))]
      let text = JSONValue.object([JSONMember("weight_map", .object(changed))]).pretty()
      return ModelFile(name: file.name, contents: Array(text.utf8))
    }
    let error = refusal(files)
    #expect(error?.file == "model.safetensors.index.json")
    #expect(error?.subject?.containsExactly(subject) == true, "\(error?.message ?? "")")
  }

  /// The folder with one tensor more, renamed, or left out.
  private func folder(_ name: String, tensors change: (inout [(String, [Int], [Float])]) -> Void) throws -> [ModelFile]
  {
    try RealModels.folder(name).map { file in
      guard file.name === "model.safetensors" else { return file }
      let source = try TensorFile(bytes: [UInt8](file.bytes))
      var tensors = try source.header.entries.map { ($0.name, $0.shape, try source.floats($0.name, converting: true)) }
      change(&tensors)
      let values = tensors.map { tensor in
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.2.count)
        _ = buffer.initialize(from: tensor.2)
        return buffer
      }
      defer { for buffer in values { buffer.deallocate() } }
      let named = zip(tensors, values).map { NamedTensor(name: $0.0, shape: $0.1, values: UnsafeBufferPointer($1)) }
      return ModelFile(name: file.name, contents: try Safetensors.bytes(metadata: [], tensors: named))
    }
  }

  @Test func namesTensorsThatAreMissingUnknownOrOfAnotherShape() throws {
    let missing = refusal(try folder("qwen2") { $0.removeAll { $0.0 === "model.norm.weight" } })
    #expect(missing?.kind == .missing)
    #expect(missing?.subject == #"tensor "model.norm.weight""#)
    let unknown = refusal(try folder("qwen2") { $0.append(("model.surprise", [1], [1])) })
    #expect(unknown?.kind == .unsupported)
    #expect(unknown?.subject == #"tensor "model.surprise""#)
    let other = refusal(
      try folder("qwen2") { tensors in
        for i in tensors.indices where tensors[i].0 === "model.norm.weight" { tensors[i].1 = [1, 24] }
      })
    #expect(other?.kind == .contradictory)
    let twice = refusal(try folder("gpt2") { $0.append(("ln_f.bias", [24], [Float](repeating: 0, count: 24))) })
    #expect(twice?.kind == .contradictory)
  }

  @Test func rejectsAnUnequalOutputMatrixBesideTiedEmbeddings() throws {
    func load(_ change: (inout [Float]) -> Void) throws {
      let files = try folder("qwen2") { tensors in
        var copy = tensors.first { $0.0 === "model.embed_tokens.weight" }!
        copy.0 = "lm_head.weight"
        change(&copy.2)
        tensors.append(copy)
      }
      let stored = try read(files)
      try stored.load(into: Transformer(stored.configuration), pool: WorkerPool(threads: 1))
    }
    #expect(throws: Never.self) { try load { _ in } }
    let error = #expect(throws: WeightFormatError.self) { try load { $0[24 * 7 + 3] += 1 } }
    #expect(error?.kind == .contradictory)
    #expect(error?.found.containsExactly("row 7") == true)
  }

  @Test func namesAShardThatIsCut() throws {
    let files = try RealModels.folder("llama-sharded").map { file in
      guard file.name === "model-00003-of-00004.safetensors" else { return file }
      return ModelFile(name: file.name, contents: [UInt8](file.bytes.dropLast(5)))
    }
    let error = refusal(files)
    #expect(error?.kind == .cutOff)
    #expect(error?.file == "model-00003-of-00004.safetensors")
  }

  @Test func rejectsFilesOfNoFormat() {
    #expect(refusal([])?.found == "no files")
    #expect(refusal([ModelFile(name: "pytorch_model.bin", contents: [])])?.hint != nil)
    let config = ModelFile(name: "config.json", contents: Array("[1]".utf8))
    #expect(refusal([config])?.found == "an array")
    #expect(refusal([config, config])?.kind == .contradictory)
  }

  /// Whatever is damaged in the texts, the folder is refused or read.
  @Test(arguments: ["llama-sharded", "bert-classifier", "llama-rope3"], 0..<2)
  func survivesRandomDamage(name: String, part: Int) throws {
    let whole = try RealModels.folder(name)
    var random = TestRandom(UInt64(part), "folder-damage")
    for _ in 0..<150 {
      var files = whole
      let index = random.within(0...files.count - 1)
      var bytes = [UInt8](files[index].bytes)
      for _ in 0..<random.within(1...4) where !bytes.isEmpty {
        let place = random.within(0...min(bytes.count - 1, 4000))
        switch random.within(0...2) {
        case 0: bytes[place] = UInt8(random.within(0x20...0x7e))
        case 1: bytes[place] = UInt8(random.within(0x30...0x39))
        default: bytes.removeSubrange(place..<min(place + random.within(1...30), bytes.count))
        }
      }
      files[index] = ModelFile(name: files[index].name, contents: bytes)
      do {
        let stored = try read(files)
        if stored.configuration.width < 1000 {
          try stored.load(into: Transformer(stored.configuration), pool: WorkerPool(threads: 1))
        }
      } catch is WeightFormatError {}
    }
  }

  @Test func givesFormatsDifferentNames() {
    #expect(WeightFormat.all.map(\.name).firstRepetition == nil)
    #expect(HuggingFaceKind.all.map(\.modelType).firstRepetition == nil)
    #expect(GGUFArchitecture.all.map(\.name).firstRepetition == nil)
  }
}
