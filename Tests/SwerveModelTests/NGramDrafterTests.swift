import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct NGramDrafterTests {
  /// Learns a whole text, as drawn from these logits, one draft after the other.
  private func learn(_ drafter: NGramDrafter, _ text: [Int32], from prompt: Int, _ logits: [Float]) {
    let known = drafter.begin(prompt: Array(text[..<prompt]))
    for length in prompt..<text.count {
      let position = length - prompt
      let draft = drafter.draft(after: Array(text[..<length]), position: position, text: known, uniform: 0.5)
      drafter.learn(draft, token: text[length])
      drafter.learn(text, length: length, position: position, text: known, logits: logits, inverseTemperature: 1)
    }
  }

  private func draft(_ drafter: NGramDrafter, after text: [Int32]) -> NGramDrafter.Draft {
    drafter.draft(after: text, position: 0, text: drafter.begin(prompt: text), uniform: 0.5)
  }

  @Test func trustsAPatternThatIsAlwaysRight() {
    let drafter = NGramDrafter(vocabulary: 8)
    let text: [Int32] = [3, 1, 4, 1, 5, 2, 6, 5, 3, 5]
    #expect(draft(drafter, after: [3, 1, 4, 1]).acceptance < NGramDrafter.leastAcceptance)
    for _ in 0..<40 { learn(drafter, text, from: 4, [Float](repeating: 0, count: 8)) }
    let found = draft(drafter, after: [3, 1, 4, 1])
    #expect(found.token == 5)
    #expect(found.acceptance >= NGramDrafter.leastAcceptance && found.acceptance < 1)
  }

  /// Tokens that no pattern foretells, drawn by their own numbers from one distribution.
  @Test func usesTheMethodThatIsMoreOftenRight() {
    let seed: UInt64 = 172
    var random = TestRandom(seed)
    let drafter = NGramDrafter(vocabulary: 4)
    var right = 0
    var text: [Int32] = [0]
    let known = drafter.begin(prompt: text)
    for round in 0..<4000 {
      let uniform = random.uniform(0...0.999)
      let token = Int32(uniform * 4)
      let draft = drafter.draft(after: text, position: 0, text: known, uniform: uniform)
      if round >= 3000 && draft.token == token { right += 1 }
      drafter.learn(draft, token: token)
      text.append(token)
      drafter.learn(
        text, length: text.count - 1, position: 0, text: known, logits: [0, 0, 0, 0], inverseTemperature: 1)
      text = Array(text.suffix(20))
    }
    #expect(right > 980, "of the last 1000 of 4000, seed \(seed)")
  }

  /// 24 x 24 x 24 x 24 contexts of four tokens, each met a sixth of a time, drawn from what has nothing to do with them.
  @Test func draftsFewTokensOfRandomTexts() {
    let seed: UInt64 = 171
    var random = TestRandom(seed)
    let drafter = NGramDrafter(vocabulary: 24)
    var drafted = 0
    for _ in 0..<100 {
      let text = random.tokens(255, vocabulary: 24)
      let known = drafter.begin(prompt: [text[0]])
      for length in 1..<text.count {
        let draft = drafter.draft(
          after: Array(text[..<length]), position: length, text: known, uniform: random.uniform(0...0.999))
        if draft.acceptance >= NGramDrafter.leastAcceptance { drafted += 1 }
        drafter.learn(draft, token: text[length])
        drafter.learn(
          text, length: length, position: length, text: known, logits: random.normals(24), inverseTemperature: 1)
      }
    }
    #expect(drafted < 25, "of 25400, seed \(seed)")
  }
}
