import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// Batches that have nothing to teach: no rounding may become an advantage.
@Suite struct DegenerateAdvantageTests {
  /// Rewards that binary fractions can't hold, large, small and of both signs.
  private static let rewards: [Float] = [0.1, 0.3, 0.7, 100.1, -0.35, 0.95, 1e-30, -3e30, 1, 0, 5_592_405.5]

  @Test(arguments: rewards)
  func normalizesAnyNumberOfEqualAdvantagesToZero(_ reward: Float) {
    for count in [1, 2, 3, 7, 28, 100, 1023, 4097] {
      let equal = [Float](repeating: reward, count: count)
      for normalization in [AdvantageNormalization.mean, .meanAndDeviation] {
        #expect(normalization.apply(to: equal).allSatisfy { $0 == 0 }, "\(count) of \(reward), \(normalization)")
      }
    }
  }

  @Test(arguments: rewards)
  func givesZeroToAGroupOfEqualTotalsOnly(_ reward: Float) {
    for group in [2, 3, 7, 8, 33] {
      let totals = [Float](repeating: reward, count: group) + (0..<group).map { Float($0) }
      for leavingOut in [false, true] {
        for scaled in [false, true] {
          let found = groupAdvantages(totals: totals, group: group, leavingOut: leavingOut, scaled: scaled)
          #expect(found[..<group].allSatisfy { $0 == 0 }, "\(group) of \(reward)")
          #expect(found[group] < 0 && found[2 * group - 1] > 0)
        }
      }
    }
  }

  @Test func normalizesRandomEqualValuesToZero() {
    for seed in UInt64(0)..<200 {
      var random = TestRandom(seed)
      let value = Float(bitPattern: UInt32(random.within(0...0x7F7F_FFFF)))
      let count = random.within(1...300)
      let equal = [Float](repeating: value, count: count)
      #expect(doubleMean(equal) == Double(value), "seed \(seed): \(count) of \(value)")
      #expect(AdvantageNormalization.meanAndDeviation.apply(to: equal).allSatisfy { $0 == 0 }, "seed \(seed)")
    }
  }

  /// With gamma = 1 and a critic that knows the reward, every difference is one of equal numbers.
  @Test func givesZeroWhereTheCriticKnowsTheReward() {
    for reward in Self.rewards {
      let found = generalizedAdvantages(
        rowLengths: [4, 1], rewards: terminalRewards(rowLengths: [4, 1], rewards: [reward, reward]),
        values: [Float](repeating: reward, count: 5), gamma: 1, lambda: 0.95)
      #expect(found.allSatisfy { $0 == 0 }, "\(reward)")
    }
  }

  @Test func givesTheDecayedErrorOfTheEndWithAConstantCritic() {
    let found = generalizedAdvantages(
      rowLengths: [3], rewards: [0, 0, 2], values: [0.5, 0.5, 0.5], gamma: 1, lambda: 0.5)
    #expect(found == [0.375, 0.75, 1.5])
  }

  /// A batch of cut off answers with a constant critic says nothing about any of them.
  @Test func givesZeroToTruncatedAnswersWithAConstantCritic() {
    let found = generalizedAdvantages(
      rowLengths: [3, 2], rewards: [0, 0, 0, 0, 0], values: [Float](repeating: 0.7, count: 5), finalValues: [0.7, 0.7],
      gamma: 1, lambda: 0.95)
    #expect(found == [0, 0, 0, 0, 0])
  }

  @Test func returnsNoMeanForNoValues() {
    #expect(doubleMean([]) == nil)
    #expect(AdvantageNormalization.meanAndDeviation.apply(to: []) == [])
  }
}
