import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// Choosing a token from one row of logits.
@Suite struct PickTests {
  func picked(_ logits: [Float], temperature: Float = 1, uniform: Float) -> Int {
    let weights = GuardedFloats(count: logits.count)
    let row = SoftmaxRow(guarded(logits), count: logits.count, inverseTemperature: 1 / temperature)
    let result = pick(
      guarded(logits), row, count: logits.count, uniform: uniform, weights: weights.pointer)
    #expect(weights.isIntact)
    return result
  }

  /// The first entry whose cumulative weight exceeds u total, by plain chains of additions.
  func naive(_ logits: [Float], temperature: Float, uniform: Float) -> Int {
    let twin = SoftmaxTwin(logits, inverseTemperature: 1 / temperature)
    let weights = twin.z.map { exactExp($0 - twin.top) }
    let threshold = uniform * weights.reduce(0, +)
    var cumulative: Float = 0
    for (v, weight) in weights.enumerated() {
      cumulative += weight
      if weight > 0 && cumulative > threshold { return v }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  @Test(arguments: [1, 2, 15, 16, 17, 41, 70])
  func picksTheFirstEntryWhoseCumulativeWeightExceedsTheUniformShare(count: Int) {
    var random = TestRandom(UInt64(count) + 5)
    for _ in 0..<100 {
      let x = random.normals(count, standardDeviation: 3)
      let u = random.cursor.uniform()
      let temperature = random.uniform(0.5...3)
      #expect(
        picked(x, temperature: temperature, uniform: u) == naive(x, temperature: temperature, uniform: u),
        "count \(count), u \(u), tau \(temperature)")
    }
  }

  /// The largest number below 1 that a stream gives, and 0.
  @Test func picksPossibleEntriesAtTheEndsOfTheUniformRange() {
    let last: Float = 1 - 0x1p-24
    #expect(picked([-.infinity, 0, 1, -.infinity], uniform: 0) == 1)
    #expect(picked([-.infinity, 0, 1, -.infinity], uniform: last) == 2)
    #expect(picked([-200, 0, -200], uniform: 0) == 1)
    #expect(picked([0, -200], uniform: last) == 0)
    var random = TestRandom(9)
    for count in [1, 41, 300] {
      #expect(picked(random.normals(count, standardDeviation: 0.01), uniform: last) == count - 1)
    }
  }

  /// 20,000 draws: each count within 5 standard deviations of its mean.
  @Test(arguments: [1, 2] as [Float], [21, 22] as [UInt64])
  func picksEntriesInProportionToTheirProbabilities(temperature: Float, seed: UInt64) {
    let logits: [Float] = [0.5, -1, 2, 0, -3, 1, 1, -0.2, 0.3, 0, 2.1, -1, 0, 0.4, 1.7, -2, 0.9]
    let stream = RandomStream(seed: seed, purpose: "tests/pick")
    let n = 20_000
    var counts = [Int](repeating: 0, count: logits.count)
    let weights = GuardedFloats(count: logits.count)
    let row = SoftmaxRow(logits, count: logits.count, inverseTemperature: 1 / temperature)
    for i in 0..<n {
      let u = stream.uniform(step: 1, row: i, position: 0)
      counts[
        pick(
          logits, row, count: logits.count, uniform: u, weights: weights.pointer)
      ] += 1
    }
    let p = doubleSoftmax(logits.map { Double($0 / temperature) })
    for (v, count) in counts.enumerated() {
      let deviation = (Double(n) * p[v] * (1 - p[v])).squareRoot()
      #expect(
        abs(Double(count) - Double(n) * p[v]) < 5 * deviation, "entry \(v): \(count) of \(n), p \(p[v]), seed \(seed)")
    }
  }

  @Test func takesTheFirstOfTheLargestWhenGreedy() {
    #expect(greedy(guarded([3]), count: 1) == 0)
    #expect(greedy(guarded([1, 5, 2, 5, -1]), count: 5) == 1)
    #expect(greedy(guarded([-5, -3, -.infinity]), count: 3) == 1)
    var random = TestRandom(3)
    for count in 1...70 {
      let x = random.normals(count)
      #expect(greedy(guarded(x), count: count) == x.firstIndex(of: x.max() ?? 0))
    }
  }
}
