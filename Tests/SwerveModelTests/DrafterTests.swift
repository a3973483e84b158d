import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct DrafterTests {
  /// Learns a whole text.
  private func learn(_ drafter: Drafter, _ text: [Int32]) {
    for count in text.indices { drafter.learn(text, at: count) }
  }

  @Test func whatFollowedSixTimesIsGuessed() {
    let drafter = Drafter()
    let text: [Int32] = [3, 1, 4, 1, 5]
    for times in 1...6 {
      #expect(drafter.guess(after: [3, 1, 4, 1]) == nil, "after \(times - 1) texts")
      learn(drafter, text)
    }
    #expect(drafter.guess(after: [3, 1, 4, 1]) == 5)
    #expect(drafter.guess(after: [9, 9, 3, 1, 4, 1]) == 5)
    #expect(drafter.guess(after: [3, 1, 4, 2]) == nil)
    #expect(drafter.guess(after: [1, 4, 1]) == nil)
    #expect(drafter.guess(after: []) == nil)
    #expect(drafter.guesses == 2)
  }

  @Test func aLongerContextIsBelievedMore() {
    let drafter = Drafter()
    let end: [Int32] = [1, 2, 3, 4]
    for _ in 0..<3 { for _ in 0..<10 { learn(drafter, end + [7]) } }
    for _ in 0..<8 {
      learn(drafter, [8, 8, 8, 8] + end + [9])
      for _ in 0..<10 { learn(drafter, end + [7]) }
    }
    #expect(drafter.guess(after: [8, 8, 8, 8] + end) == 9)
    #expect(drafter.guess(after: [5, 5, 5, 5] + end) == 7)
  }

  @Test func whatFollowsNoLongerIsForgotten() {
    let drafter = Drafter()
    for _ in 0..<100 { learn(drafter, [1, 2, 3, 4, 5]) }
    for times in 0..<20 where drafter.guess(after: [1, 2, 3, 4]) != 6 {
      #expect(times < 14)
      learn(drafter, [1, 2, 3, 4, 6])
    }
    #expect(drafter.guess(after: [1, 2, 3, 4]) == 6)
  }

  /// 24 x 24 x 24 x 24 contexts of four tokens, each met a sixth of a time.
  @Test func nobodyGuessesRandomTexts() {
    let seed: UInt64 = 171
    var random = TestRandom(seed)
    let drafter = Drafter()
    for _ in 0..<200 {
      let text = random.tokens(255, vocabulary: 24)
      for count in text.indices {
        _ = drafter.guess(after: Array(text[..<count]))
        drafter.learn(text, at: count)
      }
    }
    #expect(drafter.guesses < 50, "of 51000, seed \(seed)")
  }

  @Test func aGuessThatHoldsGoesOnAndAWrongOneIsDropped() {
    let drafter = Drafter()
    let text: [Int32] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    for _ in 0..<6 { learn(drafter, text) }
    let flight = TextInFlight(row: 0, prompt: [1, 2, 3, 4], limit: 20, rule: NeverStop())
    #expect(Array(flight.next(3, drafter)) == [1, 2, 3])
    for _ in 0..<3 { #expect(!flight.advance()) }
    // The last token of the prompt, and the drafter's five.
    #expect(Array(flight.next(6, drafter)) == [4, 5, 6, 7, 8, 9])
    #expect(flight.advance())
    #expect(flight.take(5))
    #expect(flight.advance())
    #expect(!flight.take(0))
    #expect(flight.position == 5)
    #expect(Array(flight.next(6, drafter)) == [0])
  }

  @Test func nothingIsGuessedPastTheLimit() {
    let drafter = Drafter()
    for _ in 0..<6 { learn(drafter, [1, 2, 3, 4, 5, 6, 7, 8, 9]) }
    for limit in 1...4 {
      let flight = TextInFlight(row: 0, prompt: [1, 2, 3, 4], limit: limit, rule: NeverStop())
      #expect(flight.next(8, drafter).count == 4 + limit - 1)
    }
  }
}
