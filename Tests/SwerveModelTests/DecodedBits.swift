import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Expects that sampled texts have the logits of one pass over the finished texts, bit for bit.
/// - Parameters:
///   - length: tokens of each finished text, with its prompt.
///   - case: what was decoded, for failures.
func expectBitsOfTheForwardPass(
  _ model: Transformer, prompts: [[Int32]], length: Int, threads: Int, sharesSteps: Bool, tokensPerStep: Int? = nil,
  seed: UInt64, _ case: String
) throws {
  let v = model.configuration.vocabulary
  let found = try withPool(threads: threads) { pool in
    try Sampler(model, pool: pool, sharesSteps: sharesSteps, tokensPerStep: tokensPerStep).generate(
      prompts: prompts, rules: prompts.map { _ in NeverStop() }, limits: prompts.map { length - $0.count },
      mode: .sample(temperature: 1), stream: RandomStream(seed: seed, purpose: "tests/tokens"), step: 1,
      keepsLogits: true)
  }
  let batch = TokenBatch(zip(prompts, found).map { $0 + $1.tokens.dropLast() })
  let logits = forward(model, batch).logits
  for (row, generation) in found.enumerated() {
    let first = (batch.starts[row] + prompts[row].count - 1) * v
    let expected = Array(logits[first..<first + v * generation.tokens.count])
    #expect(
      bitMismatch(rows(generation), expected) == nil, "text \(row) of \(prompts.count), \(threads) threads, \(`case`)")
  }
}
