import SwerveTestSupport
import Testing

@testable import SwerveModel

/// What a configuration may be, and what a checkpoint says of it.
@Suite struct ModelShapeTests {
  private func shape(_ change: (inout ModelConfiguration) -> Void = { _ in }) throws -> ModelConfiguration {
    var c = try ModelConfiguration(
      family: .llama, layers: 2, heads: 4, width: 10, context: 9, vocabulary: 7, positions: .rotary, keyValueHeads: 2,
      headWidth: 6, innerWidth: 5)
    change(&c)
    return c
  }

  private func message(_ change: (inout ModelConfiguration) -> Void) -> String? {
    do {
      try shape(change).check()
      return nil
    } catch { return (error as? ModelError)?.message }
  }

  @Test func rejectsFieldsThatDoNotFit() {
    let range = "must be a whole number from 1 to 16777216, got"
    #expect(message { _ in } == nil)
    #expect(message { $0.keyValueHeads = 0 } == "the number of heads of keys and values \(range) 0")
    #expect(message { $0.headWidth = -1 } == "the width of a head \(range) -1")
    #expect(message { $0.innerWidth = 0 } == "the inner width of the MLP \(range) 0")
    #expect(message { $0.keyValueHeads = 3 } == "heads (4) must be a multiple of heads of keys and values (3)")
    #expect(message { $0.headWidth = 5 } == "rotary positions need an even width of a head, got 5")
    #expect(
      message { $0.tokenTypes = -1 } == "the number of token types must be a whole number from 0 to 16777216, got -1")
    #expect(message { $0.layerNormEpsilon = .nan } == "the epsilon of norms must be a number from 0 on, got nan")
    #expect(
      message { $0.rotary.base = 2e7 } == "the base of rotary positions must be from 1 to 10000000, got 20000000.0")
    #expect(
      message { $0.rotary.scaling = .llama3(factor: 0, low: 1, high: 4, original: 8) }
        == "the factor of rotary scaling must be from 1 to 10000000, got 0.0")
    #expect(
      message { $0.rotary.scaling = .llama3(factor: 8, low: 4, high: 4, original: 8) }
        == "rotary scaling needs 0 < low < high, got low 4.0 and high 4.0")
    #expect(
      message { $0.rotary.scaling = .divisors([1, 2]) }
        == "rotary positions need 3 divisors, one for each pair of a head, got 2")
    #expect(
      message { $0.rotary.scaling = .divisors([1, 0.5, 2]) }
        == "divisor 1 of rotary positions must be from 1 to 10000000, got 0.5")
    #expect(message { $0.width = 1 << 24 }?.contains("is too large: the bound is 2^40") == true)
    #expect(message { $0.headWidth = 1 << 24 } == nil)
    #expect(message { $0.innerWidth = 1 << 24 } == nil)
  }

  @Test func namesWhatAFamilyHas() {
    #expect(message { $0.positions = .learned } == "a model of family llama has rotary positions")
    #expect(message { $0.family = .bert } == "a model of family bert has learned positions")
    #expect(
      message { $0.family = .gpt2 } == "a model of family gpt2 has as many heads of keys and values as heads")
    #expect(message { $0.tokenTypes = 2 } == "a model of family llama has no token types")
  }

  private func metadata(_ c: ModelConfiguration) throws -> [(key: String, value: String)] {
    CheckpointMetadata.make(c, tokenizer: try CharacterTokenizer(alphabet: "ab").identity)
  }

  private func read(_ metadata: [(key: String, value: String)]) throws -> ModelConfiguration {
    try CheckpointMetadata.read { key in metadata.first { $0.key == key }?.value }.configuration
  }

  @Test func keepsTheWholeShapeInACheckpoint() throws {
    let shapes = try [
      shape(), shape { $0.layerNormEpsilon = 1e-6 }, shape { $0.isTied = false },
      shape { $0.rotary.base = 500_000.5 },
      shape { $0.rotary.scaling = .llama3(factor: 8, low: 1, high: 4.5, original: 64) },
      shape { $0.rotary.scaling = .divisors([1, 1.3, 7.25]) },
      shape {
        ($0.family, $0.positions, $0.tokenTypes) = (.bert, .learned, 2)
        ($0.heads, $0.keyValueHeads, $0.headWidth) = (2, 2, 5)
      },
      shape { $0.family = .qwen3 },
    ]
    for shape in shapes { #expect(try read(metadata(shape)) == shape) }
  }

  @Test func writesOnlyTheUsualKeysForAPretrainedGPT2() throws {
    let plain = try ModelConfiguration(layers: 2, heads: 2, width: 8, context: 9, vocabulary: 7, positions: .rotary)
    #expect(try metadata(plain).map(\.key) == CheckpointMetadata.keys)
    var other = plain
    other.layerNormEpsilon = 1e-3
    #expect(try metadata(other).map(\.key) == CheckpointMetadata.keys.dropLast() + ["norm_epsilon", "alphabet"])
    #expect(try read(metadata(other)) == other)
  }

  @Test func namesMissingAndUnknownValues() throws {
    let good = try metadata(shape())
    func message(_ key: String, _ value: String?) -> String? {
      let changed = good.filter { $0.key != key } + (value.map { [(key: key, value: $0)] } ?? [])
      do {
        _ = try read(changed)
        return nil
      } catch { return (error as? ModelError)?.message }
    }
    let says = "the checkpoint's metadata say"
    #expect(message("tied", "true") == nil)
    #expect(message("tied", "yes") == "\(says) tied = yes, expected true or false")
    #expect(message("norm_epsilon", "small") == "\(says) norm_epsilon = small, expected a number")
    #expect(message("head_width", "1.5") == "\(says) head_width = 1.5, expected a whole number")
    for scaling in ["", "linear 2", "llama3 1 2 3", "llama3 8 1 4 x", "llama3 8 1 4 1.5", "divisors", "none 1"] {
      #expect(
        message("rotary_scaling", scaling)
          == "\(says) rotary_scaling = \(scaling), expected none, llama3 with four numbers, or divisors")
    }
    let long = String(repeating: "x", count: 100_000)
    for key in good.map(\.key) { #expect(message(key, long)?.utf8.count ?? 0 < 2000, "\(key)") }
    for fact in ShapeFact.all {
      #expect(
        message(fact.key, nil)
          == "the checkpoint's metadata lack `\(fact.key)`: it was not written by swerve, or was edited")
    }
    #expect(message("key_value_heads", "3") == "heads (4) must be a multiple of heads of keys and values (3)")
  }
}
