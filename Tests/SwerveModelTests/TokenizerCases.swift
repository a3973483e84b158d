import Foundation
import SwerveModel
import SwerveTestSupport

/// Kinds of tokenizers of the fixtures, each a folder with a tokenizer.json and what it must give.
enum TokenizerCases {
  static let kinds = ["gpt2", "llama3", "qwen2", "smollm", "wordpiece"]

  static func file(_ kind: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: folder(kind).appendingPathComponent("tokenizer.json")))
  }

  static func cases(_ kind: String) throws -> Cases {
    try JSONDecoder().decode(Cases.self, from: Data(contentsOf: folder(kind).appendingPathComponent("cases.json")))
  }

  private static func folder(_ kind: String) -> URL {
    Fixtures.real.appendingPathComponent("tokenizers").appendingPathComponent(kind)
  }

  struct Cases: Decodable {
    let vocabulary: Int
    let special: [String: Int32]
    let addedPlain: [String: Int32]
    let cases: [Case]
    let decode: [Decoding]
    let pairs: [Pair]

    private enum CodingKeys: String, CodingKey {
      case vocabulary, special, cases, decode, pairs
      case addedPlain = "added_plain"
    }
  }

  struct Case: Decodable {
    let name: String
    let text: String
    let ids: [Int32]
    let withSpecial: [Int32]?
    let unparsed: [Int32]?
    let decoded: String?
    let decodedSkipping: String?

    private enum CodingKeys: String, CodingKey {
      case name, text, ids, unparsed, decoded
      case withSpecial = "with_special"
      case decodedSkipping = "decoded_skipping"
    }
  }

  struct Decoding: Decodable {
    let ids: [Int32]
    let text: String
    let skipping: String?
  }

  struct Pair: Decodable {
    let first: String
    let second: String
    let ids: [Int32]
    let types: [Int32]
  }
}
