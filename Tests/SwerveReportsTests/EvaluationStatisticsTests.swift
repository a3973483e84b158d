import SwerveRL
import Testing

@testable import SwerveReports

/// pass@k and McNemar's test against enumerations and SciPy.
@Suite struct EvaluationStatisticsTests {
  /// The share of all choices of k answers with a right one among them, by enumeration.
  @Test(arguments: 1...9)
  func estimatesPassAtKAsTheShareOfChoicesWithARightAnswer(_ samples: Int) {
    for successes in 0...samples {
      var choices = [Int](repeating: 0, count: samples + 1)
      var passing = choices
      for choice in 0..<(1 << samples) {
        let k = choice.nonzeroBitCount
        choices[k] += 1
        // The right answers are the first ones.
        if choice & ((1 << successes) - 1) != 0 { passing[k] += 1 }
      }
      for k in 1...samples {
        let expected = Double(passing[k]) / Double(choices[k])
        let found = PassAtK.estimate(k, samples: samples, successes: successes)
        #expect(abs(found - expected) < 1e-15, "n \(samples), c \(successes), k \(k)")
      }
    }
  }

  /// `1 - scipy.special.comb(n - c, k, exact=True) / scipy.special.comb(n, k, exact=True)`, SciPy 1.17.1.
  @Test(arguments: [
    (10, 200, 10, 0.40854786608141713), (100, 200, 1, 0.5), (10, 100, 3, 0.273469387755102), (1, 20, 7, 0.35),
    (200, 1000, 5, 0.6731409451642536),
  ])
  func estimatesPassAtKOfManyAnswers(_ k: Int, _ samples: Int, _ successes: Int, _ expected: Double) {
    let found = PassAtK.estimate(k, samples: samples, successes: successes)
    #expect(abs(found - expected) < 1e-13, "\(found)")
  }

  /// `scipy.stats.binomtest(wins, wins + losses, 0.5).pvalue`, SciPy 1.17.1.
  @Test(arguments: [
    (0, 0, 1.0), (1, 0, 1.0), (0, 5, 0.0625), (3, 1, 0.625), (10, 2, 0.03857421875), (7, 8, 1.0),
    (25, 11, 0.028816719655878845), (60, 100, 0.001953728034064355), (500, 400, 0.0009564441369189373),
    (0, 60, 1.734723475976807e-18), (30, 900, 6.071989797167172e-224), (10010, 9800, 0.13756212495384926),
    (0, 1000, 1.8665272370064378e-301),
  ])
  func computesMcNemarsExactTest(_ wins: Int, _ losses: Int, _ expected: Double) throws {
    for (a, b) in [(wins, losses), (losses, wins)] {
      let found = try #require(McNemar.pValue(wins: a, losses: b))
      // SciPy's own logarithms of gamma functions are good to some 1e-10.
      #expect(abs(found - expected) <= 1e-9 * expected, "\(found)")
    }
  }

  /// All ways in which n fair coins can fall.
  @Test(arguments: 1...14)
  func countsFairCoinsForMcNemar(_ n: Int) throws {
    for wins in 0...n {
      let uneven = abs(2 * wins - n)
      let atLeast = (0..<(1 << n)).count { abs(2 * $0.nonzeroBitCount - n) >= uneven }
      let found = try #require(McNemar.pValue(wins: wins, losses: n - wins))
      #expect(abs(found - Double(atLeast) / Double(1 << n)) < 1e-14, "\(wins) of \(n)")
    }
  }

  @Test func givesNoProbabilityThatADoubleCantHold() {
    #expect(McNemar.pValue(wins: 0, losses: 1100) == nil)
    #expect(McNemar.pValue(wins: 1_000_000, losses: 3) == nil)
  }

  private func outcomes(_ successes: [Int], of samples: Int) -> ProblemOutcomes {
    ProblemOutcomes(set: ProblemSet("hard"), samples: samples, successes: successes, meanLength: 3, critical: [])
  }

  @Test func takesWilsonsIntervalWhereAProblemIsRightOrWrong() throws {
    let set = EvaluatedSet(outcomes([Int](repeating: 1, count: 13) + [Int](repeating: 0, count: 187), of: 1), k: [1])
    #expect(set.rates.map(\.name) == ["success/hard"])
    let interval = try #require(set.rates[0].interval)
    #expect(abs(interval.low - 0.03837635464915297) < 1e-14 && abs(interval.high - 0.10801907929906894) < 1e-14)
    let several = EvaluatedSet(outcomes([4, 0, 1, 2], of: 4), k: [4, 2, 4])
    #expect(several.rates.map(\.name) == ["success/hard", "pass@2/hard", "pass@4/hard"])
    #expect(several.rates.map(\.isOfProblems) == [false, false, true])
    #expect(several.rates.map(\.mean) == [7.0 / 16, (1 + 0 + 0.5 + 5.0 / 6) / 4, 0.75])
  }

  @Test func comparesModelsProblemByProblem() {
    let a = EvaluatedSet(outcomes([1, 1, 0, 0, 1, 0], of: 1), k: [])
    let b = EvaluatedSet(outcomes([1, 0, 1, 1, 1, 1], of: 1), k: [])
    let difference = RateDifference(b.rates[0], minus: a.rates[0])
    #expect(difference.better == 3 && difference.worse == 1 && difference.test == .probability(0.625))
    #expect(abs(difference.mean - 2.0 / 6) < 1e-15)
    // Answers to one problem are not independent, so the test has no meaning for their rate.
    let c = EvaluatedSet(outcomes([2, 0, 1], of: 2), k: [2])
    let d = EvaluatedSet(outcomes([1, 1, 1], of: 2), k: [2])
    #expect(RateDifference(c.rates[0], minus: d.rates[0]).test == nil)
    #expect(RateDifference(c.rates[1], minus: d.rates[1]).test == .probability(1))
  }
}
