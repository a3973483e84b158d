import Foundation
import SwerveModel
import SwerveTestSupport
import Testing

/// The tokenizers of the folders of models, as transformers saves them.
@Suite struct ModelTokenizerFixtureTests {
  private struct Expected: Decodable {
    struct Text: Decodable {
      let text: String
      let ids: [Int32]
      let plainIDs: [Int32]

      private enum CodingKeys: String, CodingKey {
        case text, ids
        case plainIDs = "ids_without_special"
      }
    }
    let texts: [Text]
  }

  @Test func givesTextsTheSameTokens() throws {
    let models = Fixtures.real.appendingPathComponent("models")
    let suffix = ".expected.json"
    let names = try FileManager.default.contentsOfDirectory(atPath: models.path).filter { $0.hasSuffix(suffix) }
    #expect(names.count > 8)
    for name in names.map({ String($0.dropLast(suffix.count)) }).sorted() {
      func file(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: models.appendingPathComponent(path)))
      }
      let tokenizer = try SubwordTokenizer(
        json: file("\(name)/tokenizer.json"), names: SpecialTokenNames(json: file("\(name)/tokenizer_config.json")))
      let isBERT = tokenizer.identity.kind == "wordpiece"
      #expect((tokenizer[.eos] != nil) == !isBERT && (tokenizer[.cls] != nil) == isBERT, "\(name)")
      #expect(tokenizer[.pad].map { tokenizer.isSpecial($0) } == true, "\(name)")
      for row in try JSONDecoder().decode(Expected.self, from: Data(file(name + suffix))).texts {
        #expect(try tokenizer.encode(row.text) == row.plainIDs, "\(name): \(row.text)")
        #expect(try tokenizer.encodeWithSpecial(row.text).tokens == row.ids, "\(name): \(row.text)")
      }
    }
  }

  /// What messages show is short, whatever the size of the vocabulary.
  @Test func tellsTokenizersApartByTheirIdentities() throws {
    let identities = try TokenizerCases.kinds.map { try SubwordTokenizer(json: TokenizerCases.file($0)).identity }
    for (index, identity) in identities.enumerated() {
      #expect(identity.description.utf8.count < 100, "\(identity)")
      #expect(identities.allSatisfy { ($0 == identity) == ($0.description == identity.description) })
      #expect(identities.firstIndex(of: identity) == index)
    }
    var names = SpecialTokenNames()
    names[.eos] = "<|endoftext|>"
    let named = try SubwordTokenizer(json: TokenizerCases.file("gpt2"), names: names).identity
    #expect(named != identities[0] && named.description != identities[0].description)
  }
}
