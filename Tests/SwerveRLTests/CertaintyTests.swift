import Foundation
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

@Suite struct CertaintyTests {
  private func certainty(_ measure: CertaintyMeasure, _ logits: [Float], token: Int = 0, temperature: Float = 1)
    -> Float
  {
    logits.withUnsafeBufferPointer { measure.certainty(logits: $0, token: token, temperature: temperature) }
  }

  @Test(arguments: [2, 15, 16, 17, 41, 64])
  func givesTheLeastCertaintyToAnEvenChoice(vocabulary: Int) {
    let logits = [Float](repeating: 3.25, count: vocabulary)
    #expect(certainty(.negentropy, logits) == 0)
    #expect(certainty(.negentropyMaxProb, logits) == 0)
    #expect(certainty(.maxProb, logits) == 1 / Float(vocabulary))
    #expect(certainty(.sample, logits, token: vocabulary - 1) == 1 / Float(vocabulary))
  }

  @Test func givesExactCertaintyToASureChoice() {
    var logits = [Float](repeating: -200, count: 41)
    logits[7] = 200
    for measure in CertaintyMeasure.allCases { #expect(certainty(measure, logits, token: 7) == 1) }
    #expect(certainty(.sample, logits, token: 8) == 0)
  }

  @Test func computesExactWeightsAtBothEnds() throws {
    #expect(try certaintyWeights([1, 0], alpha: 150) == [1, 0])
    #expect(try certaintyWeights([1, 0, 0.5], alpha: 2, intercept: -0.3) == [1, -0.3, 0.25 - 0.3 * 0.75])
    #expect(try certaintyWeights([1, 0, 0.25], alpha: 0) == [1, 1, 1], "no weighting at alpha 0")
    #expect(try certaintyWeights([], alpha: 20) == [])
  }

  @Test func givesImpossibleTokensANumber() {
    let logits: [Float] = [0, 0, -.infinity, -.infinity]
    #expect(certainty(.maxProb, logits) == 0.5)
    #expect(certainty(.negentropy, logits) == 0.5)
    #expect(certainty(.negentropyMaxProb, logits) == 0.5)
    #expect(certainty(.sample, logits, token: 2) == 0)
  }

  @Test func keepsNaN() {
    for measure in CertaintyMeasure.allCases { #expect(certainty(measure, [0, .nan, 1]).isNaN) }
  }

  /// A few float32 roundings and 2 ulps of exp and log: 1e-6 relative; the two that subtract from 1 lose relative
  /// accuracy near 0, so they are held to 4e-7 absolute.
  @Test func agreesWithDoubleInRandomRows() {
    let seed: UInt64 = 77
    var cursor = RandomStream(seed: seed, purpose: "test/certainty").cursor(step: 0, row: 0)
    for vocabulary in [2, 5, 16, 31, 33, 41, 100] {
      let logits = (0..<vocabulary).map { _ in cursor.normal() * 4 }
      let token = cursor.below(vocabulary)
      let temperature: Float = 0.5 + 4 * cursor.uniform()
      let powers = logits.map { exp(Double($0) / Double(temperature)) }
      let p = powers.map { $0 / powers.reduce(0, +) }
      let entropy = -p.map { $0 * log($0) }.reduce(0, +)
      let truth: [CertaintyMeasure: Double] = [
        .maxProb: p.max()!, .negentropyMaxProb: 1 + log(p.max()!) / log(Double(vocabulary)),
        .negentropy: 1 - entropy / log(Double(vocabulary)), .sample: p[token],
      ]
      for measure in CertaintyMeasure.allCases {
        let found = certainty(measure, logits, token: token, temperature: temperature)
        let difference = mismatch(
          [found], [Float(truth[measure]!)], relative: 1e-6,
          absolute: measure == .maxProb || measure == .sample ? 0 : 4e-7)
        #expect(difference == nil, "seed \(seed), V \(vocabulary), \(measure)")
      }
    }
  }
}

@Suite struct QuantilesTests {
  @Test func interpolatesBetweenNeighbours() {
    #expect(quantiles([40, 10, 30, 20], [0, 0.25, 0.5, 1]) == [10, 17.5, 25, 40])
    #expect(quantiles([7], [0, 0.3, 1]) == [7, 7, 7])
  }

  @Test func returnsNilForNoValues() { #expect(quantiles([], [0.5]) == nil) }

  @Test func keepsInfinitiesAndNaN() {
    #expect(quantiles([.infinity, .infinity, 1], [0.75, 0]) == [.infinity, 1])
    #expect(quantiles([1, .nan, 2], [0.5])?[0].isNaN == true)
  }
}
