import Foundation
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// From a model's files to its numbers and tokens.
@Suite struct StoredModelFixtureTests {
  private struct Expected: Decodable {
    struct Text: Decodable {
      let text: String
      let ids: [Int32]
    }
    let rows: [[Int32]]
    let texts: [Text]
  }

  private static let files: [String] = try! FileManager.default.contentsOfDirectory(atPath: RealModels.gguf.path)
    .filter { $0.hasSuffix(".gguf") }.sorted()

  @Test(arguments: files)
  func givesTheExpectedLogitsAndTokensOfAGGUFFile(name: String) throws {
    let json = try Data(contentsOf: RealModels.gguf.appendingPathComponent("expected.json"))
    let expected = try #require(try JSONDecoder().decode([String: Expected].self, from: json)[name])
    let values = try TensorFile(
      bytes: [UInt8](Data(contentsOf: RealModels.gguf.appendingPathComponent("expected.safetensors"))))
    let stored = try WeightFormat.read([ModelFile(name: name, contents: RealModels.ggufBytes(name))])
    let model = Transformer(stored.configuration)
    try withPool(threads: 2) { try stored.load(into: model, pool: $0) }
    for (index, row) in expected.rows.enumerated() {
      let logits = forward(model, TokenBatch([row])).logits.suffix(stored.configuration.vocabulary)
      let wanted = try values.floats("\(name.dropLast(5)).row\(index).last_logits")
      #expect(relativeError(Array(logits), wanted) < 1e-5, "row \(index)")
    }
    let tokenizer = try stored.makeTokenizer()
    for text in expected.texts {
      #expect(try tokenizer.encodeWithSpecial(text.text).tokens == text.ids, "\(text.text)")
    }
  }

  @Test(arguments: DecoderFixtureTests.models)
  func givesTheExpectedLogitsAndATokenizerOfAFolder(name: String) throws {
    let real = try RealModel(name)
    let stored = try WeightFormat.read(RealModels.folder(name))
    #expect(stored.configuration == real.model.configuration)
    let model = Transformer(stored.configuration)
    try withPool(threads: 2) { try stored.load(into: model, pool: $0) }
    let row = real.facts.batches[0].rows[0]
    let logits = forward(model, TokenBatch([row])).logits
    #expect(relativeError(logits, try real.expected.floats("batch0.row0.logits")) < 1e-5)
    #expect(try stored.makeTokenizer().vocabularySize <= stored.configuration.vocabulary)
  }
}
