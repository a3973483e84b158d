import SwerveTestSupport

@testable import SwerveModel

/// Ends a text at one token.
struct Stop: StopRule {
  let token: Int32
  mutating func stops(after token: Int32) -> Bool { token == self.token }
}

/// (tokens, V): the logits that a text's tokens were drawn from.
func rows(_ generation: Generation) -> [Float] {
  (0..<generation.logits.count).flatMap { Array(generation.logits[$0]) }
}

/// The first text whose tokens, or what they were drawn from, differ in a bit.
func firstDifference(_ a: [Generation], _ b: [Generation]) -> Int? {
  zip(a, b).enumerated().first { _, pair in
    let (x, y) = pair
    return x.tokens != y.tokens || bitMismatch(x.logp, y.logp) != nil || bitMismatch(rows(x), rows(y)) != nil
      || bitMismatch(x.values, y.values) != nil
  }?.offset
}
