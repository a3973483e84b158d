import SwerveRL
import Testing

/// Advantages of an episode among those of the same problem.
@Suite struct GroupAdvantageTests {
  private let totals: [Float] = [1, 0, 0, 1, 2, 2, 2, 2]

  @Test func subtractsTheMeanOfTheGroup() {
    #expect(
      groupAdvantages(totals: totals, group: 4, leavingOut: false, scaled: false)
        == [0.5, -0.5, -0.5, 0.5, 0, 0, 0, 0])
  }

  /// The sample's standard deviation of 1, 0, 0, 1 is sqrt(1/3).
  @Test func dividesByTheStandardDeviationOfTheGroup() {
    let scaled = groupAdvantages(totals: totals, group: 4, leavingOut: false, scaled: true)
    let expected = 0.5 / (Float(1) / 3).squareRoot()
    #expect(abs(scaled[0] - expected) < 2e-4 && scaled[0] == -scaled[1] && scaled[0] < expected)
    #expect(scaled[4...] == [0, 0, 0, 0])
  }

  /// The others of 1, 0, 0, 1 have the means 1/3 and 2/3.
  @Test func subtractsTheMeanOfTheOthers() {
    let advantages = groupAdvantages(totals: totals, group: 4, leavingOut: true, scaled: false)
    #expect(advantages == [Float(2) / 3, -Float(2) / 3, -Float(2) / 3, Float(2) / 3, 0, 0, 0, 0])
  }
}
