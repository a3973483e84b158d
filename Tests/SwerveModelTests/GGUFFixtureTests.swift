import Foundation
import SwerveTensor
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveModel

/// GGUF files as llama.cpp's converter writes them, with the values of the format's reference.
@Suite struct GGUFFixtureTests {
  struct Expected: Decodable {
    struct Tensor: Decodable {
      let name: String
      let type: String
      let shape: [Int]
      let sha256: String
      let sha256Hf: String?
      let hfName: String?
    }
    struct Configuration: Decodable {
      let modelType: String
      let hiddenSize, headDim, numAttentionHeads, numKeyValueHeads, intermediateSize, numHiddenLayers: Int
      let maxPositionEmbeddings, vocabSize: Int
      let ropeTheta, rmsNormEps: Double
      let tieWordEmbeddings: Bool
    }
    let config: Configuration
    let pre: String
    let tensors: [Tensor]
  }

  static let expected: [String: Expected] = {
    let data = try! Data(contentsOf: RealModels.gguf.appendingPathComponent("expected.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try! decoder.decode([String: Expected].self, from: data)
  }()

  private func model(_ name: String) throws -> StoredModel {
    try WeightFormat.read(
      [ModelFile(name: name, contents: RealModels.ggufBytes(name))])
  }

  @Test(arguments: expected.keys.sorted())
  func readsEveryTensorWithTheBitsOfTheReference(name: String) throws {
    let model = try model(name)
    let expected = try #require(Self.expected[name])
    #expect(model.tensors.map(\.name) == expected.tensors.map(\.name))
    let firstValues = try TensorFile(
      bytes: [UInt8](Data(contentsOf: RealModels.gguf.appendingPathComponent("expected.safetensors"))))
    for (tensor, wanted) in zip(model.tensors, expected.tensors) {
      #expect(tensor.typeName == wanted.type)
      #expect(tensor.shape == wanted.shape)
      let values = try model.values(of: wanted.name)
      #expect(RealModels.digest(values) == wanted.sha256, "\(wanted.name)")
      if let start = try? firstValues.floats(String(name.dropLast(5)) + "." + wanted.name) {
        #expect(values.prefix(start.count).elementsEqual(start), "\(wanted.name)")
      }
    }
  }

  @Test(arguments: expected.keys.sorted(), [1, 3])
  func loadsParametersInHuggingFacesArrangement(name: String, threads: Int) throws {
    let stored = try model(name)
    let expected = try #require(Self.expected[name])
    let pool = WorkerPool(threads: threads)
    defer { pool.close() }
    let model = Transformer(stored.configuration)
    try stored.load(into: model, pool: pool)
    let tensors = model.copiedParameters
    for wanted in expected.tensors {
      guard let parameter = wanted.hfName else { continue }
      let tensor = try #require(tensors.first { $0.name === parameter }, "\(parameter)")
      #expect(RealModels.digest(tensor.values) == wanted.sha256Hf ?? wanted.sha256, "\(parameter)")
    }
    #expect(tensors.count == expected.tensors.filter { $0.hfName != nil }.count)
  }

  @Test(arguments: expected.keys.sorted())
  func readsTheConfigurationFromKeys(name: String) throws {
    let stored = try model(name)
    let (made, wanted) = (stored.configuration, try #require(Self.expected[name]).config)
    #expect(made.family.name == wanted.modelType)
    #expect(made.width == wanted.hiddenSize)
    #expect(made.headWidth == wanted.headDim)
    #expect(made.heads == wanted.numAttentionHeads)
    #expect(made.keyValueHeads == wanted.numKeyValueHeads)
    #expect(made.innerWidth == wanted.intermediateSize)
    #expect(made.layers == wanted.numHiddenLayers)
    #expect(made.context == wanted.maxPositionEmbeddings)
    #expect(made.vocabulary == wanted.vocabSize)
    #expect(made.rotary.base == wanted.ropeTheta)
    #expect(made.layerNormEpsilon == Float(wanted.rmsNormEps))
    #expect(made.isTied == wanted.tieWordEmbeddings)
    #expect(made.positions == .rotary)
    if case .divisors(let values) = made.rotary.scaling {
      #expect(
        RealModels.digest(values) == Self.expected[name]?.tensors.first { $0.name == "rope_freqs.weight" }?.sha256)
    } else {
      #expect(made.rotary.scaling == .none)
      #expect(Self.expected[name]?.tensors.contains { $0.name == "rope_freqs.weight" } == false)
    }
  }

  @Test(arguments: expected.keys.sorted())
  func readsTheTokenizerAsTheFileHasIt(name: String) throws {
    let stored = try model(name)
    guard case .gguf(let facts) = stored.tokenizer else {
      Issue.record("no tokenizer")
      return
    }
    #expect(facts.model == "gpt2")
    #expect(facts.pre == Self.expected[name]?.pre)
    #expect(facts.tokens.count == stored.configuration.vocabulary)
    #expect(facts.tokenTypes.count == facts.tokens.count)
    #expect(facts.merges.allSatisfy { $0.contains(0x20) })
    #expect(stored.specialTokens.eos == (facts.eos.map { [$0] } ?? []))
    #expect(stored.specialTokenTexts.contains { $0.name == "eos_token" })
    #expect(facts.addBos == (facts.pre == "llama-bpe"))
    #expect((stored.chatTemplate != nil) == (facts.pre == "smollm" || facts.pre == "qwen2"))
  }
}
