import Foundation
import SwerveModel
import SwerveTensor
import SwerveTestSupport

/// A model of the fixtures as another implementation saved it, and what it must give.
struct RealModel {
  let name: String
  let model: Transformer
  let expected: TensorFile
  let facts: Facts

  /// NAME.expected.json.
  struct Facts: Decodable {
    let batches: [Batch]
    let greedy: [Greedy]
    let adamw: Adam?

    struct Batch: Decodable {
      let rows: [[Int32]]
      let loss: Double
      let gradientNorm: Double
    }

    struct Greedy: Decodable {
      let prompt: [Int32]
      let tokens: [Int32]
    }

    struct Adam: Decodable {
      let lr: Float
      let betas: [Float]
      let eps: Float
      let weightDecay: Float
      let clipNorm: Float
      let steps: Int
      let losses: [Float]
    }
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  init(_ name: String) throws {
    self.name = name
    model = try Self.load(name)
    let models = Fixtures.real.appendingPathComponent("models")
    expected = try TensorFile(
      bytes: [UInt8](Data(contentsOf: models.appendingPathComponent(name + ".expected.safetensors"))))
    facts = try Self.decoder.decode(
      Facts.self, from: Data(contentsOf: models.appendingPathComponent(name + ".expected.json")))
  }

  /// The weights of all files of the folder, whose names begin with `prefix` where the model's do not.
  static func load(_ name: String, prefix: String = "") throws -> Transformer {
    let folder = Fixtures.real.appendingPathComponent("models/" + name)
    let configuration = try Self.decoder.decode(
      HuggingFaceConfiguration.self, from: Data(contentsOf: folder.appendingPathComponent("config.json")))
    let model = Transformer(try configuration.model())
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".safetensors")
    }.map { try TensorFile(bytes: [UInt8](Data(contentsOf: folder.appendingPathComponent($0)))) }
    let prefix = configuration.modelType == "gpt2" ? "transformer." : prefix
    let values = try model.layout.entries.map { entry in
      let name = prefix + entry.name
      let old = name.replacingOccurrences(of: "LayerNorm.weight", with: "LayerNorm.gamma")
        .replacingOccurrences(of: "LayerNorm.bias", with: "LayerNorm.beta")
      let file = files.first { $0.header.entries.contains { $0.name == name } }
      return try file?.floats(name, shape: entry.shape, converting: true) ?? files[0].floats(old, shape: entry.shape)
    }
    model.update { weights in
      for (entry, values) in zip(model.layout.entries, values) {
        values.withUnsafeBufferPointer { (weights + entry.offset).update(from: $0.baseAddress!, count: entry.count) }
      }
    }
    return model
  }

  /// A tensor's gradient or its value after AdamW, under its name in the file.
  func tensor(_ kind: String, _ entry: ParameterEntry) throws -> [Float] {
    let prefix = model.configuration.family == .gpt2 ? "transformer." : ""
    return try expected.floats("\(kind).\(prefix)\(entry.name)", shape: entry.shape)
  }
}

/// config.json, as far as these models need it.
struct HuggingFaceConfiguration: Decodable {
  let modelType: String
  let nLayer: Int?
  let nHead: Int?
  let nEmbd: Int?
  let nPositions: Int?
  let layerNormEpsilon: Float?
  let numHiddenLayers: Int?
  let numAttentionHeads: Int?
  let numKeyValueHeads: Int?
  let hiddenSize: Int?
  let intermediateSize: Int?
  let headDim: Int?
  let maxPositionEmbeddings: Int?
  let vocabSize: Int
  let rmsNormEps: Float?
  let layerNormEps: Float?
  let typeVocabSize: Int?
  let tieWordEmbeddings: Bool?
  let ropeTheta: Double?
  let ropeScaling: Rope?
  let ropeParameters: Rope?

  struct Rope: Decodable {
    let ropeType: String
    let ropeTheta: Double?
    let factor: Double?
    let lowFreqFactor: Double?
    let highFreqFactor: Double?
    let originalMaxPositionEmbeddings: Int?
  }

  struct Missing: Error {}

  func model() throws -> ModelConfiguration {
    guard let family = ModelFamily.all.first(where: { $0.name == modelType }),
      let layers = numHiddenLayers ?? nLayer, let heads = numAttentionHeads ?? nHead,
      let width = hiddenSize ?? nEmbd, let context = maxPositionEmbeddings ?? nPositions,
      let epsilon = rmsNormEps ?? layerNormEps ?? layerNormEpsilon
    else { throw Missing() }
    var c = try ModelConfiguration(
      family: family, layers: layers, heads: heads, width: width, context: context, vocabulary: vocabSize,
      positions: rmsNormEps == nil ? .learned : .rotary, keyValueHeads: numKeyValueHeads, headWidth: headDim,
      innerWidth: intermediateSize, tokenTypes: typeVocabSize ?? 0)
    c.layerNormEpsilon = epsilon
    c.isTied = tieWordEmbeddings ?? true
    if let theta = ropeParameters?.ropeTheta ?? ropeTheta { c.rotary.base = theta }
    if let scaling = ropeScaling ?? ropeParameters, scaling.ropeType == "llama3" {
      c.rotary.scaling = .llama3(
        factor: scaling.factor ?? 0, low: scaling.lowFreqFactor ?? 0, high: scaling.highFreqFactor ?? 0,
        original: scaling.originalMaxPositionEmbeddings ?? 0)
    }
    try c.check()
    return c
  }
}
