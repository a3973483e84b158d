import Foundation
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Files that lie, break off or contradict themselves: each is refused with a named error, none traps.
@Suite struct GGUFMalformedFixtureTests {
  static let cases: [String: [String: String]] = {
    let data = try! Data(contentsOf: RealModels.gguf.appendingPathComponent("malformed/malformed.json"))
    return try! JSONDecoder().decode([String: [String: String]].self, from: data)
  }()

  private func read(_ name: String, _ bytes: [UInt8]) throws -> StoredModel {
    try WeightFormat.read([ModelFile(name: name, contents: bytes)])
  }

  @Test(arguments: cases.keys.sorted())
  func rejectsOrAcceptsEachFileAsExpected(name: String) throws {
    let bytes = try RealModels.ggufBytes("malformed/" + name)
    if Self.cases[name]?["expect"] == "accepted" {
      #expect(throws: Never.self) { try read(name, bytes) }
      return
    }
    let error = #expect(throws: WeightFormatError.self) { try read(name, bytes) }
    #expect(error?.file == name)
    #expect(error?.message.isEmpty == false)
    #expect(error?.found.isEmpty == false)
  }

  /// What an error names, for one file of each kind.
  @Test(arguments: [
    ("string-past-end.gguf", WeightFormatError.Kind.cutOff, "general.name"),
    ("key-twice.gguf", .malformed, "llama.block_count"), ("alignment-3.gguf", .malformed, "general.alignment"),
    ("overlapping.gguf", .contradictory, "blk.0.attn_k.weight"), ("offset-beyond.gguf", .cutOff, "blk.0.attn_q.weight"),
    ("row-broken-block.gguf", .malformed, "blk.0.attn_q.weight"),
    ("tensor-missing.gguf", .missing, "blk.0.attn_q.weight"),
    ("shape-wrong.gguf", .contradictory, "blk.0.attn_q.weight"),
    ("no-head-count.gguf", .missing, "llama.attention.head_count"),
    ("vocabulary-long.gguf", .contradictory, "tokenizer.ggml.tokens"),
    ("eos-outside.gguf", .malformed, "tokenizer.ggml.eos_token_id"),
    ("unknown-architecture.gguf", .unsupported, "general.architecture"),
  ])
  func namesWhatIsWrong(name: String, kind: WeightFormatError.Kind, subject: String) throws {
    let error = #expect(throws: WeightFormatError.self) {
      try read(name, RealModels.ggufBytes("malformed/" + name))
    }
    #expect(error?.kind == kind)
    #expect(error?.subject?.contains(subject) == true, "\(error?.message ?? "")")
  }

  @Test func rejectsEveryTruncation() throws {
    let whole = try RealModels.ggufBytes("malformed/whole.gguf")
    // The last bytes only fill up to a multiple of the alignment.
    for length in stride(from: 0, to: whole.count - 31, by: 7) {
      #expect(throws: WeightFormatError.self, "\(length) bytes") { try read("cut.gguf", Array(whole[..<length])) }
    }
  }

  /// Whatever is damaged, the file is refused with an error of the format, or read and loaded.
  @Test(arguments: ["malformed/whole.gguf", "llama-Q4_K.gguf", "qwen2-Q5_1.gguf", "llama3-F32.gguf"], 0..<4)
  func survivesRandomDamage(name: String, part: Int) throws {
    let whole = try RealModels.ggufBytes(name)
    var random = TestRandom(UInt64(part), "gguf-damage")
    let pool = WorkerPool(threads: 1)
    // Most of a file is weights, whose bytes mean nothing to the reader.
    let header = min(whole.count - 1, 12_000)
    for _ in 0..<150 {
      var bytes = whole
      for _ in 0..<random.within(1...4) {
        let place = random.within(0...header)
        switch random.within(0...3) {
        case 0: bytes[place] = UInt8(random.within(0...255))
        case 1: for i in place..<min(place + 8, bytes.count) { bytes[i] = 0xff }
        case 2: bytes[place] ^= UInt8(1 << random.within(0...7))
        default: bytes.removeSubrange(place..<min(place + random.within(1...64), bytes.count))
        }
        if bytes.count <= header { break }
      }
      do {
        let stored = try read("damaged.gguf", bytes)
        if stored.configuration.width < 1000 { try stored.load(into: Transformer(stored.configuration), pool: pool) }
      } catch is WeightFormatError {}
    }
  }
}
