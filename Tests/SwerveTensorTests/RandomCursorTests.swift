import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// Draws follow their distributions. Every bound is 5 standard deviations, which chance exceeds once in two million.
@Suite struct RandomCursorTests {
  static let seeds: [UInt64] = [1, 2, 0xFFFF_FFFF_FFFF]

  /// Chi-squared of n draws over b equally likely values has mean b - 1 and variance 2 (b - 1).
  @Test(arguments: [1, 2, 3, 7, 10, 41, 100, 1000], seeds)
  func drawsWholeNumbersBelowABoundEquallyOften(bound: Int, seed: UInt64) {
    var random = TestRandom(seed, "tests/below")
    let n = max(2000, 20 * bound)
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<n { counts[random.cursor.below(bound)] += 1 }
    let mean = Double(n) / Double(bound)
    let chi = counts.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) / mean }
    let freedom = Double(bound - 1)
    #expect(abs(chi - freedom) <= 5 * (2 * freedom).squareRoot(), "bound \(bound), chi² \(chi), seed \(seed)")
  }

  /// At 3/4 of 2^64 a quarter of the draws is rejected; the halves of the range stay equally likely.
  @Test(arguments: seeds)
  func staysFairAtLargeBounds(seed: UInt64) {
    var random = TestRandom(seed, "tests/large")
    let bound = Int.max / 4 * 3
    var low = 0
    for _ in 0..<4000 where random.cursor.below(bound) < bound / 2 { low += 1 }
    #expect(abs(low - 2000) < 5 * 32, "\(low) of 4000 in the lower half, seed \(seed)")
  }

  @Test func drawsBothEndsOfAClosedRange() {
    var random = TestRandom(4)
    #expect(Set((0..<200).map { _ in random.within(-2...3) }) == Set(-2...3))
    #expect(random.within(5...5) == 5)
  }

  /// Mean, variance, skewness and kurtosis of 20,000 standard normal numbers: 0, 1, 0, 3, with deviations of sqrt(1/n),
  /// sqrt(2/n), sqrt(15/n) and sqrt(96/n).
  @Test(arguments: seeds)
  func drawsNormalNumbersWithTheirMoments(seed: UInt64) {
    var random = TestRandom(seed, "tests/normal")
    let n = 20_000
    var sums = [0.0, 0.0, 0.0, 0.0]
    for _ in 0..<n {
      let x = Double(random.cursor.normal())
      var power = x
      for k in 0..<4 {
        sums[k] += power
        power *= x
      }
    }
    for (k, (mean, variance)) in [(0.0, 1.0), (1, 2), (0, 15), (3, 96)].enumerated() {
      let found = sums[k] / Double(n)
      #expect(abs(found - mean) < 5 * (variance / Double(n)).squareRoot(), "moment \(k + 1): \(found), seed \(seed)")
    }
  }

  @Test(arguments: seeds)
  func drawsUniformNumbersBelowOneOnTheirGrid(seed: UInt64) {
    var random = TestRandom(seed, "tests/uniform")
    var sum = 0.0
    for _ in 0..<5000 {
      let u = random.cursor.uniform()
      let d = random.cursor.uniformDouble()
      #expect(u >= 0 && u < 1 && u * 0x1p24 == (u * 0x1p24).rounded(), "seed \(seed)")
      #expect(d >= 0 && d < 1)
      sum += Double(u)
    }
    #expect(abs(sum / 5000 - 0.5) < 5 * (1.0 / 12 / 5000).squareRoot(), "mean \(sum / 5000), seed \(seed)")
  }

  /// 24 orders of four items, 4800 shuffles.
  @Test(arguments: seeds)
  func shufflesIntoEveryOrderEquallyOften(seed: UInt64) {
    var random = TestRandom(seed, "tests/shuffle")
    var counts: [[Int]: Int] = [:]
    for _ in 0..<4800 {
      var items = [0, 1, 2, 3]
      random.cursor.shuffle(&items)
      counts[items, default: 0] += 1
    }
    #expect(counts.count == 24)
    let chi = counts.values.reduce(0.0) { $0 + Double(($1 - 200) * ($1 - 200)) / 200 }
    #expect(abs(chi - 23) < 5 * (46.0).squareRoot(), "chi² \(chi), seed \(seed)")
  }

  @Test func drawsTheSameNumbersOfARowWhateverWasDrawnBefore() {
    let stream = RandomStream(seed: 5, purpose: "tests/place")
    var first = stream.cursor(step: 3, row: 4)
    let numbers = (0..<10).map { _ in first.word() }
    var other = stream.cursor(step: 3, row: 5)
    _ = other.next()
    var second = stream.cursor(step: 3, row: 4)
    #expect((0..<10).map { _ in second.word() } == numbers)
    #expect(numbers[0] == stream.words(step: 3, row: 4, position: 0)[0])
    #expect(numbers[4] == stream.words(step: 3, row: 4, position: 1)[0])
  }

  @Test func drawsOtherNumbersForOtherPurposesSeedsAndSteps() {
    let words = [
      RandomStream(seed: 5, purpose: "a").words(step: 0, row: 0, position: 0),
      RandomStream(seed: 5, purpose: "b").words(step: 0, row: 0, position: 0),
      RandomStream(seed: 6, purpose: "a").words(step: 0, row: 0, position: 0),
      RandomStream(seed: 5 + 1 << 32, purpose: "a").words(step: 0, row: 0, position: 0),
      RandomStream(seed: 5, purpose: "a").words(step: 1, row: 0, position: 0),
      RandomStream(seed: 5, purpose: "a").words(step: 0, row: 1, position: 0),
      RandomStream(seed: 5, purpose: "a").words(step: 0, row: 0, position: 1),
    ]
    #expect(Set(words.map { "\($0)" }).count == words.count)
  }
}
