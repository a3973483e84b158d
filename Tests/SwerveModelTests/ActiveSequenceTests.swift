import SwerveTensor
import Testing

@testable import SwerveModel

@Suite struct ActiveSequenceTests {
  private let logits = FloatBuffer(count: 12)

  private func text(_ prompt: [Int32], limit: Int) -> ActiveSequence {
    ActiveSequence(row: 0, prompt: prompt, limit: limit, rule: NeverStop(), draftState: nil)
  }

  /// Processes what comes next and draws the same tokens each time: 5, 6, 7 and so on after 1, 2, 3, 4.
  private func go(_ text: ActiveSequence, _ drafter: NGramDrafter, most: Int, to end: Int) {
    while text.position < end {
      for _ in text.next(most, drafter, uniform: { _ in 0.5 }) {
        guard text.advance() else { continue }
        if text.position >= end || !text.take(Int32(text.position) + 1) { break }
      }
      text.teach(drafter, logits: { _ in logits.pointer.reading }, inverseTemperature: 1)
    }
  }

  /// A drafter that knows how texts after 1, 2, 3, 4 go on.
  private func taught() -> NGramDrafter {
    let drafter = NGramDrafter(vocabulary: 12)
    for _ in 0..<60 { go(text([1, 2, 3, 4], limit: 8), drafter, most: 2, to: 9) }
    return drafter
  }

  @Test func processesAPromptSeveralTokensAtATime() {
    let text = text([1, 2, 3, 4], limit: 20)
    #expect(Array(text.next(3, nil, uniform: { _ in 0.5 })) == [1, 2, 3])
    for _ in 0..<3 { #expect(!text.advance()) }
    #expect(Array(text.next(3, nil, uniform: { _ in 0.5 })) == [4])
    #expect(text.advance())
  }

  @Test func keepsAnAcceptedDraftTokenAndDropsARejectedOne() {
    let drafter = taught()
    let text = text([1, 2, 3, 4], limit: 20)
    #expect(Array(text.next(3, drafter, uniform: { _ in 0.5 })) == [1, 2, 3])
    for _ in 0..<3 { #expect(!text.advance()) }
    // The last token of the prompt, and the draft tokens.
    #expect(Array(text.next(4, drafter, uniform: { _ in 0.5 })) == [4, 5, 6, 7])
    #expect(drafter.draftedTokens > 0)
    #expect(text.advance())
    #expect(text.take(5))
    #expect(text.advance())
    #expect(!text.take(0))
    #expect(text.position == 5)
    text.teach(drafter, logits: { _ in logits.pointer.reading }, inverseTemperature: 1)
    #expect(Array(text.next(1, drafter, uniform: { _ in 0.5 })) == [0])
  }

  @Test func draftsNothingPastTheLimit() {
    let drafter = taught()
    for limit in 1...4 {
      #expect(text([1, 2, 3, 4], limit: limit).next(8, drafter, uniform: { _ in 0.5 }).count == 4 + limit - 1)
    }
  }

  @Test func asksForTheRandomNumberOfEachDrawnToken() {
    var asked: [Int] = []
    _ = text([1, 2, 3, 4], limit: 9).next(8, taught()) {
      asked.append($0)
      return 0.5
    }
    #expect(asked.first == 0 && asked == Array(0..<asked.count) && asked.count > 1)
  }
}
