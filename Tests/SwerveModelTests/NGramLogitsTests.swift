import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct NGramLogitsTests {
  /// Learns that a token was drawn from logits after some others, in a text of its own if none is given.
  private func learn(
    _ expected: NGramLogits, after context: [Int32], position: Int = 0, _ logits: [Float],
    in text: NGramLogits.TextState? = nil, inverseTemperature: Float = 1
  ) {
    expected.learn(
      ContextHashes(context, length: context.count), position: position, text: text ?? expected.begin(), logits: logits,
      inverseTemperature: inverseTemperature)
  }

  private func propose(
    _ expected: NGramLogits, after context: [Int32], position: Int = 0, in text: NGramLogits.TextState? = nil,
    _ uniform: Float?
  ) -> NGramDrafter.Proposal {
    expected.propose(
      ContextHashes(context, length: context.count), position: position, text: text ?? expected.begin(),
      uniform: uniform
    )
  }

  /// What the sampler draws by a number.
  private func drawn(_ logits: [Float], _ uniform: Float) -> Int32 {
    var weights = logits
    let row = SoftmaxRow(logits, count: logits.count, inverseTemperature: 1)
    return Int32(pick(logits, row, count: logits.count, uniform: uniform, weights: &weights))
  }

  @Test(arguments: [2, 16, 24, 33, 100])
  func proposesTokensOfConstantLogitsByTheirRandomNumbers(vocabulary: Int) throws {
    let seed = UInt64(vocabulary) + 190
    var random = TestRandom(seed)
    let expected = try #require(NGramLogits(vocabulary: vocabulary))
    let logits = random.normals(vocabulary)
    let context: [Int32] = [1, 0, 1, 1, 0, 1, 0]
    for _ in 0..<300 { learn(expected, after: context, position: 5, logits) }
    var right = 0
    for _ in 0..<500 {
      let uniform = random.uniform(0...0.999)
      if propose(expected, after: context, position: 5, uniform).token == drawn(logits, uniform) { right += 1 }
    }
    #expect(right > 490, "of 500, seed \(seed)")
  }

  /// The last token, the position and the text each add something: what they add up to was never seen as such.
  @Test func addsTheEffectsOfTokenPositionAndText() throws {
    let seed: UInt64 = 191
    var random = TestRandom(seed)
    let expected = try #require(NGramLogits(vocabulary: 8))
    let ofToken = (0..<8).map { _ in random.normals(8) }
    let ofPosition = (0..<40).map { _ in random.normals(8) }
    var (right, all) = (0, 0)
    for round in 0..<200 {
      let ofText = random.normals(8)
      let text = expected.begin()
      var context: [Int32] = random.tokens(1, vocabulary: 8)
      for position in 0..<40 {
        let last = Int(context[position])
        let logits = (0..<8).map { ofToken[last][$0] + ofPosition[position][$0] + ofText[$0] }
        let uniform = random.uniform(0...0.999)
        let token = drawn(logits, uniform)
        if round >= 100 && position >= 20 {
          all += 1
          if propose(expected, after: context, position: position, in: text, uniform).token == token { right += 1 }
        }
        learn(expected, after: context, position: position, logits, in: text)
        context.append(token)
      }
    }
    #expect(Double(right) > 0.85 * Double(all), "\(right) of \(all), seed \(seed)")
  }

  @Test func learnsFromALongerContextWhatAShorterOneCannotTell() throws {
    let expected = try #require(NGramLogits(vocabulary: 4))
    for _ in 0..<40 {
      learn(expected, after: [2, 3, 1], [9, 0, 0, 0])
      learn(expected, after: [0, 2, 1], [0, 0, 9, 0])
    }
    #expect(propose(expected, after: [2, 3, 1], 0.5).token == 0)
    #expect(propose(expected, after: [0, 2, 1], 0.5).token == 2)
  }

  @Test func tellsPositionsApart() throws {
    let expected = try #require(NGramLogits(vocabulary: 4))
    for _ in 0..<20 {
      learn(expected, after: [2, 1], position: 3, [9, 0, 0, 0])
      learn(expected, after: [2, 1], position: 4, [0, 0, 9, 0])
    }
    #expect(propose(expected, after: [3, 1], position: 3, 0.5).token == 0)
    #expect(propose(expected, after: [3, 1], position: 4, 0.5).token == 2)
  }

  @Test func learnsWhatIsSpecialAboutATextForThatTextOnly() throws {
    let expected = try #require(NGramLogits(vocabulary: 4))
    for token: Int32 in [0, 1, 2, 3] {
      for _ in 0..<60 { learn(expected, after: [token], position: 1, [0, 0, 0, 9]) }
    }
    let text = expected.begin()
    for token: Int32 in [0, 1, 2, 0, 1, 2] { learn(expected, after: [token], position: 1, [30, 0, 0, 9], in: text) }
    #expect(propose(expected, after: [3], position: 1, in: text, 0.5).token == 0)
    #expect(propose(expected, after: [3], position: 1, 0.5).token == 3)
  }

  @Test func followsAModelThatChanges() throws {
    let expected = try #require(NGramLogits(vocabulary: 4))
    for _ in 0..<1000 { learn(expected, after: [1], [9, 0, 0, 0]) }
    for _ in 0..<60 { learn(expected, after: [1], [0, 0, 9, 0]) }
    #expect(propose(expected, after: [1], 0.5).token == 2)
  }

  @Test func proposesTheLargestLogitForAGreedyText() throws {
    let expected = try #require(NGramLogits(vocabulary: 4))
    for _ in 0..<10 { learn(expected, after: [1], [0.2, 0, 0, 0.3]) }
    let close = propose(expected, after: [1], nil)
    #expect(close.token == 3)
    for _ in 0..<10 { learn(expected, after: [1], [0.2, 0, 0, 9]) }
    let clear = propose(expected, after: [1], nil)
    #expect(clear.token == 3 && clear.kind != close.kind)
  }

  @Test func learnsLogitsAtTheTemperature() throws {
    let seed: UInt64 = 196
    var random = TestRandom(seed)
    let expected = try #require(NGramLogits(vocabulary: 8))
    let logits = random.normals(8)
    for _ in 0..<300 { learn(expected, after: [1], logits, inverseTemperature: 3) }
    for _ in 0..<50 {
      let uniform = random.uniform(0...0.999)
      let weights = logits.map { $0 * 3 }
      let found = propose(expected, after: [1], uniform).token
      #expect(found >= drawn(weights, uniform - 0.01), "\(uniform), seed \(seed)")
      #expect(found <= drawn(weights, uniform + 0.01), "\(uniform), seed \(seed)")
    }
  }

  @Test func keepsKindsInTheirRange() throws {
    let seed: UInt64 = 195
    var random = TestRandom(seed)
    let expected = try #require(NGramLogits(vocabulary: 24))
    var kinds: Set<Int> = []
    for round in 0..<3000 {
      let context = random.tokens(random.within(1...8), vocabulary: 3)
      let uniform = round % 5 == 0 ? nil : random.uniform(0...0.999)
      kinds.insert(propose(expected, after: context, position: round % 7, uniform).kind)
      learn(expected, after: context, position: round % 7, random.normals(24))
    }
    #expect(kinds.allSatisfy { (0..<NGramLogits.kinds).contains($0) })
    #expect(kinds.count > 20, "seed \(seed)")
  }

  /// As at a temperature that they are too large for, and of a model that is broken.
  @Test(arguments: [[3e38, 3e38, 0, 0], [-3e38, 3e38, -3e38, .infinity], [.nan, 0, .nan, 1]] as [[Float]])
  func survivesLogitsThatNothingCanBeDrawnFrom(logits: [Float]) throws {
    let expected = try #require(NGramLogits(vocabulary: 4))
    let text = expected.begin()
    for _ in 0..<5 { learn(expected, after: [1], logits, in: text, inverseTemperature: 100) }
    for uniform: Float? in [0, 0.5, 0.999, nil] {
      let found = propose(expected, after: [1], in: text, uniform)
      #expect((0..<4).contains(found.token) && (0..<NGramLogits.kinds).contains(found.kind))
    }
    for _ in 0..<1000 { learn(expected, after: [1], [0, 0, 0, 9]) }
    #expect(propose(expected, after: [1], 0.5).token == 3)
  }

  @Test func keepsNothingForALargeVocabulary() {
    #expect(NGramLogits(vocabulary: 50257) == nil)
    #expect(NGramLogits(vocabulary: 1024) != nil)
  }
}
