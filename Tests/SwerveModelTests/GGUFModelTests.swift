import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// GPT-2 as llama.cpp's converter writes it: Hugging Face's (in, out) matrices are (out, in).
@Suite struct GGUFModelTests {
  private let configuration = try! ModelConfiguration(layers: 2, heads: 2, width: 6, context: 5, vocabulary: 7)

  /// Values that tell every place apart.
  private func file(_ change: (inout GGUFBytes) -> Void = { _ in }) -> ModelFile {
    var file = GGUFBytes()
    file.keys = [
      ("general.architecture", .text("gpt2")), ("gpt2.block_count", .count(2)), ("gpt2.context_length", .count(5)),
      ("gpt2.embedding_length", .count(6)), ("gpt2.feed_forward_length", .count(24)),
      ("gpt2.attention.head_count", .count(2)), ("gpt2.attention.layer_norm_epsilon", .number(1e-5)),
    ]
    var next: Float = 0
    for entry in ParameterLayout(configuration).entries {
      let name = GGUFArchitecture.gpt2.fileName(entry.name)
      let isTransposed = GGUFArchitecture.gpt2.arrangement(entry, configuration) == .transposed
      let values = (0..<entry.count).map { next + Float($0) }
      file.tensors.append((name, isTransposed ? entry.shape.reversed() : entry.shape, values))
      next += 1000
    }
    change(&file)
    return ModelFile(name: "gpt2.gguf", contents: file.bytes)
  }

  private func parameters(_ file: ModelFile) throws -> [(name: String, values: [Float])] {
    let stored = try WeightFormat.read([file])
    let model = Transformer(stored.configuration)
    try stored.load(into: model, pool: WorkerPool(threads: 1))
    return model.copiedParameters
  }

  @Test func transposesMatricesOfGPT2() throws {
    let stored = try WeightFormat.read([file()])
    #expect(stored.configuration == configuration)
    if case .some = stored.tokenizer { Issue.record("a tokenizer from nowhere") }
    #expect(stored.tensors.map(\.name).contains("blk.1.ffn_up.weight"))
    let parameters = try parameters(file())
    for (index, entry) in ParameterLayout(configuration).entries.enumerated() {
      let values = parameters[index].values
      for place in values.indices {
        let isTransposed = GGUFArchitecture.gpt2.arrangement(entry, configuration) == .transposed
        let (row, column) = place.quotientAndRemainder(dividingBy: entry.shape.last!)
        let stored = isTransposed ? column * entry.shape[0] + row : place
        #expect(values[place] == Float(1000 * index + stored), "\(entry.name) \(place)")
      }
    }
    #expect(ParameterLayout(configuration).entries.filter { $0.name.hasSuffix("c_attn.weight") }.count == 2)
  }

  @Test func readsVersionTwoAsTheSame() throws {
    let (two, three) = (try parameters(file { $0.version = 2 }), try parameters(file()))
    for (a, b) in zip(two, three) { #expect(a.values == b.values) }
  }

  @Test func rejectsAnOutputMatrixOfGPT2OtherThanTheEmbedding() throws {
    func output(_ change: Float) -> ModelFile {
      file { file in
        var copy = file.tensors.first { $0.name == "token_embd.weight" }!
        copy.name = "output.weight"
        copy.values[3] += change
        file.tensors.append(copy)
      }
    }
    #expect(throws: Never.self) { try parameters(output(0)) }
    #expect(throws: WeightFormatError.self) { try parameters(output(1)) }
  }

  @Test(arguments: [
    ("gpt2.attention.sliding_window", GGUFBytes.Value.count(64)), ("gpt2.expert_count", .count(8)),
    ("gpt2.rope.scaling.type", .text("yarn")), ("gpt2.rope.scaling.factor", .number(4)),
    ("gpt2.attention.max_alibi_bias", .number(8)), ("gpt2.attention.value_length", .count(4)),
    ("gpt2.vocab_size", .count(8)),
  ])
  func rejectsAKeyThatChangesTheModel(key: String, value: GGUFBytes.Value) {
    let error = #expect(throws: WeightFormatError.self) {
      try WeightFormat.read([file { $0.keys.append((key, value)) }])
    }
    #expect(error?.subject?.contains(key) == true, "\(error?.message ?? "")")
  }

  @Test func countsTheEndOfATurnAsAnEnd() throws {
    let stored = try WeightFormat.read([
      file {
        $0.keys += [
          ("tokenizer.ggml.model", .text("gpt2")), ("tokenizer.ggml.eos_token_id", .count(2)),
          ("tokenizer.ggml.eot_token_id", .count(4)), ("tokenizer.chat_template", .text("{{ x }}")),
          ("tokenizer.ggml.tokens", .texts((0..<7).map { "t\($0)" })),
        ]
      }
    ])
    #expect(stored.specialTokens.eos == [2, 4])
    #expect(stored.chatTemplate == "{{ x }}")
    guard case .gguf(let facts) = stored.tokenizer else {
      Issue.record("no tokenizer")
      return
    }
    #expect(facts.tokens[6] == Array("t6".utf8))
    #expect(facts.pre == nil)
  }
}
