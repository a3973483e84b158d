import SwerveTensor
import Testing

@testable import SwerveRL

@Suite struct AdvantageTests {
  @Test func matchesAnEpisodeWorkedByHand() {
    // Rewards 0 0 1, values 0.5 0.25 0.75, gamma 0.5, lambda 0.5; every number is exact in binary.
    // delta: 0 + 0.125 - 0.5 = -0.375;  0 + 0.375 - 0.25 = 0.125;  1 - 0.75 = 0.25
    // advantage: 0.25;  0.125 + 0.25 * 0.25 = 0.1875;  -0.375 + 0.25 * 0.1875 = -0.328125
    let found = generalizedAdvantages(
      rowLengths: [3], rewards: [0, 0, 1], values: [0.5, 0.25, 0.75], gamma: 0.5, lambda: 0.5)
    #expect(found == [-0.328125, 0.1875, 0.25])
    #expect(returns(advantages: found, values: [0.5, 0.25, 0.75]) == [0.171875, 0.4375, 1])
  }

  @Test func countsRewardsOnTheWay() {
    let found = generalizedAdvantages(
      rowLengths: [3], rewards: [1, -2, 4], values: [0, 0, 0], gamma: 0.5, lambda: 1)
    #expect(found == [1, 0, 4], "discounted sums: -2 + 0.5 * 4 = 0, 1 + 0.5 * 0 = 1")
  }

  @Test func computesEachEpisodeAlone() {
    let rewards: [Float] = [0, 1, -1, 0, 0, 1]
    let values: [Float] = [0.5, 0.25, 2, -1, 3, 0.125]
    let together = generalizedAdvantages(
      rowLengths: [2, 1, 3], rewards: rewards, values: values, gamma: 1, lambda: 0.95)
    var apart: [Float] = []
    for range in [0..<2, 2..<3, 3..<6] {
      apart += generalizedAdvantages(
        rowLengths: [range.count], rewards: Array(rewards[range]), values: Array(values[range]), gamma: 1, lambda: 0.95)
    }
    #expect(together == apart)
  }

  @Test func givesTheWholeReturnAtLambdaOne() {
    let values: [Float] = [0.5, -1, 2, 0.25]
    let found = generalizedAdvantages(
      rowLengths: [4], rewards: terminalRewards(rowLengths: [4], rewards: [1]), values: values, gamma: 1, lambda: 1)
    #expect(returns(advantages: found, values: values) == [1, 1, 1, 1])
  }

  @Test func placesTerminalRewardsAtTheLastTokens() {
    #expect(terminalRewards(rowLengths: [1, 3, 2], rewards: [1, -1, 0.5]) == [1, 0, 0, -1, 0, 0.5])
  }

  @Test func matchesNormalizationsWorkedByHand() {
    let advantages: [Float] = [1, 3, 5, 7]
    #expect(AdvantageNormalization.none.apply(to: advantages) == advantages)
    #expect(AdvantageNormalization.mean.apply(to: advantages) == [-3, -1, 1, 3])
    // The population's variance is (9 + 1 + 1 + 9) / 4 = 5.
    let scaled = AdvantageNormalization.meanAndDeviation.apply(to: advantages)
    let deviation = 5.0.squareRoot() + 1e-8
    #expect(scaled == [-3, -1, 1, 3].map { Float($0 / deviation) })
    #expect(AdvantageNormalization.meanAndDeviation.apply(to: [2, 2, 2]) == [0, 0, 0])
    #expect(AdvantageNormalization.meanAndDeviation.apply(to: []) == [])
  }

  @Test func sumsInTheDocumentedOrder() {
    // 1 is lost beside 1e8 in Float, so the lanes decide the sum.
    var values = [Float](repeating: 0, count: 33)
    values[0] = 1e8
    values[16] = 1
    values[32] = -1e8
    #expect(laneSum(values) == 0, "one lane: (1e8 + 1) - 1e8")
    values[16] = 0
    values[1] = 1
    #expect(laneSum(values) == 1, "lane 0 cancels before lane 1 comes")
  }
}
