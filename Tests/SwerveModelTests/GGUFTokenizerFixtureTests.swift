import Foundation
import SwerveModel
import SwerveTestSupport
import Testing

/// Tokenizers of GGUF files.
@Suite struct GGUFTokenizerFixtureTests {
  private struct File: Decodable {
    struct Text: Decodable {
      let text: String
      let ids: [Int32]
    }
    let texts: [Text]
  }

  @Test func givesTextsTheTokensThatTheFilesMean() throws {
    let folder = Fixtures.real.appendingPathComponent("gguf")
    let files = try JSONDecoder().decode(
      [String: File].self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
    #expect(files.count > 20)
    for (name, file) in files.sorted(by: { $0.key < $1.key }) {
      let stored = try WeightFormat.read([ModelFile(name: name, contents: RealModels.ggufBytes(name))])
      let tokenizer = try stored.makeTokenizer()
      let special = stored.specialTokens
      #expect(!special.eos.isEmpty, "\(name)")
      #expect(tokenizer[.eos].map(Int.init) == special.eos.first && tokenizer[.bos].map(Int.init) == special.bos)
      let kind = try #require(TokenizerKind.all.first { $0.name == tokenizer.identity.kind })
      let again = try SubwordTokenizer(
        json: Array(tokenizer.definition.json.utf8))
      #expect(again.definition == tokenizer.definition && kind.name == "bpe")
      for row in file.texts {
        #expect(try tokenizer.encodeWithSpecial(row.text).tokens == row.ids, "\(name): \(row.text)")
        #expect(try again.encodeWithSpecial(row.text).tokens == row.ids, "\(name) again: \(row.text)")
      }
    }
  }
}
