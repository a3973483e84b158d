import Foundation
import SwerveModel
import SwerveTestSupport
import Testing

/// The tokenizers of real models, where their packages are at hand.
@Suite struct TokenizerPackageFixtureTests {
  private struct SmolLM2: Decodable {
    struct Text: Decodable {
      let text: String
      let ids: [Int32]
      let unparsed: [Int32]?
      let decoded: String?
      let chat: String
      let chatIDs: [Int32]

      private enum CodingKeys: String, CodingKey {
        case text, ids, unparsed, decoded, chat
        case chatIDs = "chat_ids"
      }
    }
    struct Whole: Decodable {
      let text: String
      let ids: [Int32]
    }
    let texts: [Text]
    let chats: [Whole]
    let prompts: [Whole]
    let paragraphs: [Whole]
  }

  private struct MiniLM: Decodable {
    struct Text: Decodable {
      let text: String
      let ids: [Int32]
    }
    struct Pair: Decodable {
      let first: String
      let second: String
      let ids: [Int32]
      let types: [Int32]
    }
    let texts: [Text]
    let sentences: [Text]
    let pair: Pair
  }

  private func expected<Value: Decodable>(_ name: String, _ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: Fixtures.real.appendingPathComponent(name)))
  }

  @Test(.enabled(if: ModelPackages.smollm2 != nil, "SmolLM2 IS NOT HERE: make model, or SWERVE_MODELS"))
  func givesTextsTheTokensThatTheFileOfSmolLM2Means() throws {
    let file = try Data(contentsOf: try #require(ModelPackages.smollm2))
    let read = try WeightFormat.read([ModelFile(name: "model.gguf", contents: [UInt8](file))]).makeTokenizer()
    let again = try SubwordTokenizer(json: Array(read.definition.json.utf8))
    let expected = try expected("smollm2.json", SmolLM2.self)
    #expect(read.vocabularySize == 49152 && read[.bos] == 1 && read[.eos] == 2 && read[.pad] == 2 && read[.unk] == 0)
    for tokenizer in [read, again] {
      for row in expected.texts {
        #expect(try tokenizer.encode(row.text) == row.ids, "\(row.text)")
        #expect(try tokenizer.encode(row.text, parsingSpecial: false) == row.unparsed ?? row.ids, "\(row.text)")
        #expect(Array(tokenizer.decode(row.ids).utf8) == Array((row.decoded ?? row.text).utf8))
        #expect(try tokenizer.encode(row.chat) == row.chatIDs)
      }
      for row in expected.chats + expected.prompts + expected.paragraphs {
        #expect(try tokenizer.encode(row.text) == row.ids, "\(row.text)")
        #expect(try tokenizer.encodeWithSpecial(row.text).tokens == row.ids)
      }
    }
  }

  @Test(.enabled(if: ModelPackages.miniLMTokenizer != nil, "MiniLM IS NOT HERE: make model"))
  func givesTextsTheSameTokensAsMiniLM() throws {
    let file = try Data(contentsOf: try #require(ModelPackages.miniLMTokenizer))
    let read = try SubwordTokenizer(json: [UInt8](file))
    let again = try SubwordTokenizer(json: Array(read.definition.json.utf8))
    let expected = try expected("minilm.json", MiniLM.self)
    for tokenizer in [read, again] {
      for row in expected.texts + expected.sentences {
        let marked = try tokenizer.encodeWithSpecial(row.text)
        #expect(marked.tokens == row.ids, "\(row.text)")
      }
      let marked = try tokenizer.encodeWithSpecial(expected.pair.first, and: expected.pair.second)
      #expect(marked == SubwordTokenizer.Marked(tokens: expected.pair.ids, types: expected.pair.types))
    }
  }
}
