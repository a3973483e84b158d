import Foundation
import SwerveModel

/// The tokenizer's part of a GGUF file's metadata, read with as little as that needs.
struct GGUFTokenizerReader {
  private let data: Data
  private var place = 24

  static func facts(of data: Data) throws -> GGUFTokenizerFacts {
    var reader = GGUFTokenizerReader(data: data)
    let count = reader.number(at: 16, bytes: 8)
    var values: [String: Value] = [:]
    for _ in 0..<count {
      let key = String(decoding: reader.text(), as: UTF8.self)
      values[key] = reader.value(reader.take(4))
    }
    func value(_ key: String) -> Value? { values["tokenizer.ggml." + key] }
    func text(_ key: String) -> String? { value(key).map { String(decoding: $0.texts[0], as: UTF8.self) } }
    var facts = GGUFTokenizerFacts(
      model: text("model") ?? "", pre: text("pre"), tokens: value("tokens")?.texts ?? [],
      tokenTypes: value("token_type")?.numbers ?? [], merges: value("merges")?.texts ?? [])
    facts.bos = value("bos_token_id")?.numbers[0]
    facts.eos = value("eos_token_id")?.numbers[0]
    facts.unk = value("unknown_token_id")?.numbers[0]
    facts.pad = value("padding_token_id")?.numbers[0]
    facts.addBos = value("add_bos_token").map { $0.numbers[0] != 0 }
    facts.addEos = value("add_eos_token").map { $0.numbers[0] != 0 }
    return facts
  }

  private struct Value {
    var texts: [[UInt8]] = []
    var numbers: [Int] = []
  }

  private init(data: Data) { self.data = data }

  private mutating func value(_ type: Int) -> Value {
    var value = Value()
    switch type {
    case 8: value.texts.append(text())
    case 9:
      let type = take(4)
      for _ in 0..<take(8) {
        let element = self.value(type)
        value.texts += element.texts
        value.numbers += element.numbers
      }
    default: value.numbers.append(take([1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8][type]))
    }
    return value
  }

  private mutating func text() -> [UInt8] {
    let count = take(8)
    place += count
    return [UInt8](data[place - count..<place])
  }

  private mutating func take(_ bytes: Int) -> Int {
    place += bytes
    return number(at: place - bytes, bytes: bytes)
  }

  private func number(at place: Int, bytes: Int) -> Int {
    (0..<bytes).reduce(0) { $0 | Int(data[place + $1]) << (8 * $1) }
  }
}
