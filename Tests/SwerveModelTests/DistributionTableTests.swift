import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct DistributionTableTests {
  /// Learns that a token was drawn from softmax(logits) after some others.
  private func learn(
    _ table: DistributionTable, after text: [Int32], position: Int = 0, token: Int32 = 0, _ logits: [Float],
    greedy: Bool = false
  ) {
    table.learn(
      ContextHashes(text, length: text.count), position: position, token: token, logits: logits,
      inverseTemperature: greedy ? nil : 1)
  }

  private func guess(
    _ table: DistributionTable, after text: [Int32], position: Int = 0, _ uniform: Float
  ) -> (tokens: Drafter.Guess, place: Drafter.Guess)? {
    table.guesses(ContextHashes(text, length: text.count), position: position, uniform: uniform)
  }

  /// What the sampler draws by a number.
  private func drawn(_ logits: [Float], _ uniform: Float) -> Int32 {
    var weights = logits
    let row = SoftmaxRow(logits, count: logits.count, inverseTemperature: 1)
    return Int32(pick(logits, row, count: logits.count, uniform: uniform, weights: &weights))
  }

  @Test(arguments: [2, 16, 24, 33, 100])
  func whatWasDrawnFromOneDistributionIsGuessedByItsNumber(vocabulary: Int) throws {
    let seed = UInt64(vocabulary) + 190
    var random = TestRandom(seed)
    let table = try #require(DistributionTable(vocabulary: vocabulary))
    let logits = random.normals(vocabulary)
    let text: [Int32] = [1, 0, 1, 1, 0, 1, 0]
    for _ in 0..<20 { learn(table, after: text, position: 5, logits) }
    // Half a step of the uniform distribution, which weighs a fiftieth and less beside what was learned, may fall between.
    var (tokensRight, placeRight) = (0, 0)
    for _ in 0..<500 {
      let uniform = random.uniform(0...0.999)
      let found = try #require(guess(table, after: text, position: 5, uniform))
      if found.tokens.token == drawn(logits, uniform) { tokensRight += 1 }
      if found.place.token == drawn(logits, uniform) { placeRight += 1 }
    }
    #expect(tokensRight > 490 && placeRight > 470, "\(tokensRight), \(placeRight) of 500, seed \(seed)")
  }

  @Test func aLongerContextOutweighsAShorterOne() throws {
    let table = try #require(DistributionTable(vocabulary: 4))
    for _ in 0..<10 {
      learn(table, after: [2, 3, 1], [9, 0, 0, 0])
      learn(table, after: [0, 2, 1], [0, 0, 9, 0])
    }
    #expect(guess(table, after: [2, 3, 1], 0.5)?.tokens.token == 0)
    #expect(guess(table, after: [0, 2, 1], 0.5)?.tokens.token == 2)
  }

  @Test func placesAreToldApart() throws {
    let table = try #require(DistributionTable(vocabulary: 4))
    for _ in 0..<10 {
      learn(table, after: [2, 1], position: 3, [9, 0, 0, 0])
      learn(table, after: [2, 1], position: 4, [0, 0, 9, 0])
    }
    #expect(guess(table, after: [3, 1], position: 3, 0.5)?.place.token == 0)
    #expect(guess(table, after: [3, 1], position: 4, 0.5)?.place.token == 2)
  }

  @Test func aModelThatChangesIsFollowed() throws {
    let table = try #require(DistributionTable(vocabulary: 4))
    for _ in 0..<1000 { learn(table, after: [1], [9, 0, 0, 0]) }
    for _ in 0..<20 { learn(table, after: [1], [0, 0, 9, 0]) }
    #expect(guess(table, after: [1], 0.5)?.tokens.token == 2)
  }

  @Test func greedyTextsAreGuessedByTheirTokens() throws {
    let table = try #require(DistributionTable(vocabulary: 4))
    for _ in 0..<10 { learn(table, after: [1], token: 3, [0, 0, 0, 0.1], greedy: true) }
    #expect(guess(table, after: [1], 0.5)?.tokens.token == 3)
  }

  @Test func kindsStayInTheirRangeAndTellContextsApart() throws {
    let seed: UInt64 = 195
    var random = TestRandom(seed)
    let table = try #require(DistributionTable(vocabulary: 24))
    for round in 0..<3000 {
      let text = random.tokens(random.within(1...8), vocabulary: 3)
      let found = try #require(guess(table, after: text, position: round % 7, random.uniform(0...0.999)))
      #expect(found.tokens.kind >= 0 && found.tokens.kind < DistributionTable.kinds / 2)
      #expect(found.place.kind >= DistributionTable.kinds / 2 && found.place.kind < DistributionTable.kinds)
      learn(table, after: text, position: round % 7, random.normals(24))
    }
  }

  /// As logits at a temperature that they are too large for.
  @Test func probabilitiesThatAreNoNumbersLeadToSomeGuess() throws {
    let table = try #require(DistributionTable(vocabulary: 4))
    for logits: [Float] in [[3e38, 3e38, 0, 0], [0, 1, 2, 3]] {
      table.learn(
        ContextHashes([1], length: 1), position: 0, token: 0, logits: logits, inverseTemperature: 100)
      for uniform: Float in [0, 0.5, 0.999] {
        let found = try #require(guess(table, after: [1], uniform))
        #expect((0..<4).contains(found.tokens.token) && (0..<DistributionTable.kinds).contains(found.tokens.kind))
      }
    }
  }

  @Test func nothingIsKeptOfALargeVocabularyOrAtATextsStart() throws {
    #expect(DistributionTable(vocabulary: 50257) == nil)
    #expect(DistributionTable(vocabulary: 1024) != nil)
    #expect(guess(try #require(DistributionTable(vocabulary: 4)), after: [], 0.5) == nil)
  }
}
