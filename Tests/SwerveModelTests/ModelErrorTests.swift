import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Every message of the model, word for word.
@Suite struct ModelErrorTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func configuration(
    layers: Int = 1, heads: Int = 2, width: Int = 8, context: Int = 6, vocabulary: Int = 5,
    positions: PositionEncoding = .learned
  ) throws -> ModelConfiguration {
    try ModelConfiguration(
      layers: layers, heads: heads, width: width, context: context, vocabulary: vocabulary, positions: positions)
  }

  @Test func rejectsNumbersOfAConfigurationOutOfRange() {
    let range = "must be a whole number from 1 to 16777216, got"
    #expect(message { _ = try configuration(layers: 0) } == "layers \(range) 0")
    #expect(message { _ = try configuration(heads: -2) } == "heads \(range) -2")
    #expect(message { _ = try configuration(width: 0) } == "width \(range) 0")
    #expect(message { _ = try configuration(context: 1 << 25) } == "context \(range) 33554432")
    #expect(message { _ = try configuration(vocabulary: Int.min) } == "vocabulary \(range) \(Int.min)")
  }

  @Test func rejectsHeadsThatDoNotDivideTheWidth() {
    #expect(message { _ = try configuration(heads: 3) } == "width (8) must be a multiple of heads (3)")
    #expect(message { _ = try configuration(heads: 16) } == "width (8) must be a multiple of heads (16)")
  }

  /// A table of angles for this configuration would take 256 GiB.
  @Test func rejectsACheckpointOfHugeRotaryPositionsBeforeAllocating() throws {
    let huge = try ModelConfiguration(
      layers: 1, heads: 1, width: 1 << 16, context: 1 << 20, vocabulary: 40, positions: .rotary)
    #expect(
      message {
        try CheckpointMetadata.check(
          huge, tokenizer: PieceTokenizer((0..<40).map { [UInt8($0)] }), tensors: 20
        ) { _ in [40, 8] }
      } == "tensor wte.weight of the checkpoint has shape [40, 8], expected [40, 65536]")
  }

  @Test func rejectsRotaryPositionsForAnOddHeadWidth() {
    #expect(
      message { _ = try configuration(heads: 2, width: 10, positions: .rotary) }
        == "rotary positions need an even width of a head, got 10 / 2 = 5")
    #expect(message { _ = try configuration(heads: 2, width: 10) } == "no error")
  }

  @Test func rejectsTextsThatDoNotFitTheContext() throws {
    let configuration = try configuration()
    let advice = "use a model with a longer context or a task with shorter texts"
    #expect(message { try TokenBatch([[1], [0, 1, 2, 3, 4, 0]]).check(configuration) } == "no error")
    #expect(
      message { try TokenBatch([[1], [0, 1, 2, 3, 4, 0, 1]]).check(configuration) }
        == "text 1 needs 7 positions, but the model's context is 6: \(advice)")
    #expect(
      message { try TokenBatch([[1, 2]], positions: [5]).check(configuration) }
        == "text 0 needs 7 positions, but the model's context is 6: \(advice)")
  }

  @Test func rejectsTokensOutsideTheVocabulary() throws {
    let configuration = try configuration()
    #expect(
      message { try TokenBatch([[1, 2], [3, 5]]).check(configuration) }
        == "token 5 at place 3 is outside of the vocabulary 0..<5")
    #expect(
      message { try TokenBatch([[-1]]).check(configuration) }
        == "token -1 at place 0 is outside of the vocabulary 0..<5")
  }

  @Test func rejectsAnEpisodeThatDoesNotFitTheContext() throws {
    let model = randomModel(try configuration(), seed: 1)
    func generate(_ prompts: [[Int32]], _ limits: [Int]) -> String {
      message {
        _ = try withPool(threads: 1) { pool in
          try Sampler(model, pool: pool).generate(
            prompts: prompts, rules: prompts.map { _ in NeverStop() }, limits: limits, mode: .greedy,
            stream: RandomStream(seed: 1, purpose: "tests"), step: 0)
        }
      }
    }
    #expect(generate([[1, 2], [1, 2]], [4, 4]) == "no error")
    #expect(
      generate([[1, 2], [1, 2]], [4, 5])
        == "episode 1 may take 7 tokens (prompt 2, limit 5), but the model's context is 6: use a model with a longer "
        + "context or shorter numbers")
    #expect(generate([[1, 9]], [2]) == "token 9 at place 1 is outside of the vocabulary 0..<5")
  }

  @Test func rejectsACheckpointOfAnotherFamily() throws {
    let configuration = try configuration()
    let characters = try CharacterTokenizer(alphabet: "ab").identity
    func message(model: String?) -> String {
      self.message {
        let (found, tokenizer) = try CheckpointMetadata.read { key in
          key == "model"
            ? model : CheckpointMetadata.make(configuration, tokenizer: characters).first { $0.key == key }?.value
        }
        #expect(found == configuration && tokenizer.identity == characters)
      }
    }
    #expect(message(model: "gpt2") == "no error")
    let known = ModelFamily.all.map(\.name).joined(separator: " or ")
    for other in ["gpt3", "GPT2", "gpt2 ", ""] {
      #expect(message(model: other) == "the checkpoint's metadata say model = \(other), expected \(known)")
    }
    #expect(
      message(model: nil)
        == "the checkpoint's metadata lack `model`: it was not written by swerve, or was edited")
  }
}

/// GPT-2 files with something wrong in them.
@Suite struct GPT2ErrorTests {
  /// A whole file of a tiny model in Hugging Face's layout, with some shapes changed and one tensor left out.
  private func file(_ changes: [String: [Int]] = [:], without missing: String? = nil, prefix: String = "") throws
    -> [UInt8]
  {
    let layout = ParameterLayout(
      try ModelConfiguration(layers: 1, heads: 2, width: 4, context: 3, vocabulary: 5))
    let shapes = layout.entries.filter { $0.name != missing }.map {
      (name: $0.name, shape: changes[$0.name] ?? $0.shape)
    }
    let zeros = [Float](repeating: 0, count: 4096)
    return try zeros.withUnsafeBufferPointer { zeros in
      try Safetensors.bytes(
        metadata: [],
        tensors: shapes.map { tensor in
          NamedTensor(
            name: prefix + tensor.name, shape: tensor.shape,
            values: UnsafeBufferPointer(rebasing: zeros[..<tensor.shape.reduce(1, *)]))
        })
    }
  }

  private func message(
    _ changes: [String: [Int]] = [:], without missing: String? = nil, heads: Int = 2
  ) throws -> String {
    let bytes = try file(changes, without: missing)
    do {
      _ = try GPT2Weights.load(bytes, heads: heads)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: ["", "transformer."])
  func acceptsNamesWithAndWithoutThePrefix(prefix: String) throws {
    let model = try GPT2Weights.load(try file(prefix: prefix), heads: 2)
    #expect(model.configuration.width == 4 && model.configuration.layers == 1 && model.configuration.context == 3)
  }

  @Test func namesTensorsOfTheWrongShape() throws {
    #expect(try message(["wte.weight": [20]]) == "wte.weight has shape [20], expected 2 axes")
    #expect(
      try message(["h.0.attn.c_attn.weight": [4, 13]])
        == "h.0.attn.c_attn.weight has shape [4, 13], expected [4, 12] (Hugging Face) or [12, 4] (nanoGPT)")
    #expect(try message(["ln_f.bias": [5]]).contains("ln_f.bias"))
    // One tensor in the other layout.
    #expect(try message(["h.0.mlp.c_fc.weight": [16, 4]]).contains("h.0.mlp.c_fc.weight"))
    #expect(try message(["h.0.attn.c_attn.weight": [12, 4]]).contains("h.0.mlp.c_fc.weight"))
  }

  @Test func namesMissingTensors() throws {
    for name in ["wte.weight", "wpe.weight", "h.0.attn.c_attn.weight", "h.0.mlp.c_proj.bias", "ln_f.weight"] {
      #expect(try message(without: name).contains(name), "\(name)")
    }
  }

  @Test func rejectsHeadsThatDoNotFit() throws {
    #expect(try message(heads: 3) == "width (4) must be a multiple of heads (3)")
    #expect(try message(heads: 0) == "heads must be a whole number from 1 to 16777216, got 0")
  }
}
