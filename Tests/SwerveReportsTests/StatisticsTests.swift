import SwerveRL
import Testing

@testable import SwerveReports

/// Means, intervals and paired differences against computations of others.
///
/// The constants are SciPy 1.17.1's, printed with repr():
/// `scipy.stats.t.ppf(0.975, freedom)`, `binomtest(k, n).proportion_ci(0.95, method="wilson")`,
/// `ttest_rel(x, y).confidence_interval(0.95)` and `ttest_1samp(x, 0).confidence_interval(0.95)`.
@Suite struct StatisticsTests {
  @Test(arguments: [
    (1, 12.706204736174694), (2, 4.302652729749462), (3, 3.1824463052837078), (4, 2.7764451051977934),
    (5, 2.5705818356363146), (6, 2.4469118511449786), (7, 2.364624251592784), (8, 2.306004135204166),
    (9, 2.262157162798205), (10, 2.228138851986274), (15, 2.131449545559776), (19, 2.0930240544083087),
    (20, 2.085963447265864), (29, 2.045229642132703), (30, 2.0422724563012378), (31, 2.039513446396408),
    (32, 2.0369333434601016), (39, 2.022690920036761), (40, 2.021075390306273), (49, 2.0095752371292392),
    (59, 2.000995378088267), (60, 2.0002978220142604), (99, 1.9842169515864174), (100, 1.9839715185235518),
    (119, 1.9800998764569397), (120, 1.9799304050824402), (199, 1.9719565442517533), (255, 1.9693105698498752),
    (499, 1.9647293909876886), (500, 1.9647198374673676), (999, 1.9623414611334493), (1000, 1.9623390808264083),
    (1001, 1.9623367052808798), (1002, 1.9623343344825908), (2000, 1.9611508260994377), (5000, 1.9604385517065073),
    (9999, 1.960201263621357), (12345, 1.9601561676005668), (99999, 1.9599877077718442), (100000, 1.9599877075346095),
    (999_999, 1.9599663568164791), (1_000_000, 1.959966356814107),
  ])
  func computesStudentsQuantileForAnyNumberOfSeeds(_ freedom: Int, _ expected: Double) {
    let found = StudentT.quantile(freedom: freedom)
    // Newton's walk ends a few ulps short of the root.
    #expect(abs(found - expected) <= 1e-13 * expected, "\(freedom): \(found)")
  }

  @Test func lowersStudentsQuantileWithTheNumberOfSeeds() {
    let quantiles = (1...1100).map { StudentT.quantile(freedom: $0) }
    for (a, b) in zip(quantiles, quantiles.dropFirst()) { #expect(a > b) }
    #expect(quantiles.allSatisfy { $0 > StudentT.normalQuantile })
    #expect(StudentT.quantile(freedom: .max) == StudentT.normalQuantile)
  }

  @Test(arguments: [
    (0, 40, 0.0, 0.08762160119728662), (40, 40, 0.9123783988027133, 1.0),
    (1, 40, 0.004426831502681396, 0.1288136896347409), (20, 40, 0.35199526933465386, 0.6480047306653461),
    (13, 200, 0.03837635464915297, 0.10801907929906894), (65, 200, 0.2639157153923429, 0.3926801488397004),
    (199, 200, 0.972226295602107, 0.999116831284399), (3, 7, 0.1582198552514697, 0.7495416354723428),
    (1, 1, 0.20654931437723745, 1.0), (0, 1, 0.0, 0.7934506856227626),
    (512, 100000, 0.004696257653257598, 0.00558176210905259),
  ])
  func computesWilsonsIntervalOfARate(_ successes: Int, _ count: Int, _ low: Double, _ high: Double) throws {
    let interval = try #require(RateInterval(rate: Float(successes) / Float(count), count: count))
    #expect(abs(interval.low - low) < 1e-14 && abs(interval.high - high) < 1e-14, "\(interval)")
    #expect(interval.count == count)
  }

  @Test func givesNoIntervalToWhatIsNoRate() {
    #expect(RateInterval(rate: 0.3, count: 4) == nil, "no number of four episodes is 0.3 of them")
    #expect(RateInterval(rate: .nan, count: 4) == nil && RateInterval(rate: 1.5, count: 4) == nil)
    #expect(RateInterval(rate: -0.25, count: 4) == nil && RateInterval(rate: 0, count: 0) == nil)
  }

  @Test func computesMeansAndTheirIntervalsAsATTest() throws {
    let value = try #require(SeedMean([0.31, 0.275, 0.4, 0.355, 0.29, 0.33, 0.41]))
    #expect(value.count == 7 && abs(value.mean - 0.3385714285714286) < 1e-15)
    #expect(abs((value.standardDeviation ?? 0) - 0.05233818600492105) < 1e-15)
    #expect(abs((value.halfWidth ?? 0) - 0.04840474880133022) < 1e-15)
    // More seeds than tables of t have rows.
    let many = try #require(SeedMean((0..<40).map { Double($0 * 37 % 41) / 41 }))
    #expect(abs(many.mean - 0.4975609756097561) < 1e-15)
    #expect(abs((many.halfWidth ?? 0) - 0.09244395690391705) < 1e-15)
    #expect(SeedMean([5])?.halfWidth == nil && SeedMean([]) == nil)
  }

  @Test func comparesPairsAsAPairedTTest() throws {
    let x = [0.31, 0.275, 0.4, 0.355, 0.29, 0.33, 0.41]
    let y = [0.25, 0.26, 0.31, 0.36, 0.2, 0.34, 0.37]
    let pairs = zip(x, y).map { $0 - $1 }
    let comparison = try #require(PairedComparison(differences: pairs))
    #expect(abs(comparison.mean - 0.04) < 1e-15)
    let half = try #require(SeedMean(pairs)?.halfWidth)
    #expect(abs(comparison.mean - half - 0.0012189191447261674) < 1e-14)
    #expect(abs(comparison.mean + half - 0.07878108085527383) < 1e-14)
    #expect(comparison.wins == 5 && comparison.ties == 0 && comparison.losses == 2)
  }

  /// 0.1 + 0.1 + 0.1 is not 3 * 0.1.
  @Test func givesEqualValuesNoSpread() throws {
    for value in [0.1, 0.3, 0.7, 100.1, 1e-30] {
      for count in [2, 3, 7, 10, 100] {
        let values = [Double](repeating: value, count: count)
        let mean = try #require(SeedMean(values))
        #expect(mean.mean == value && mean.standardDeviation == 0 && mean.halfWidth == 0, "\(count) times \(value)")
        let pairs = try #require(PairedComparison(differences: values))
        #expect(pairs.mean == value, "\(count) times \(value)")
      }
    }
  }

  @Test func countsPairsAndGivesTheSameIntervalEachTime() throws {
    let differences = [0.1, 0.2, -0.05, 0, 0.3]
    let comparison = try #require(PairedComparison(differences: differences))
    #expect(comparison.wins == 3 && comparison.ties == 1 && comparison.losses == 1)
    #expect(abs(comparison.mean - 0.11) < 1e-12)
    #expect(comparison.low < comparison.mean && comparison.mean < comparison.high)
    #expect(comparison.low >= -0.05 && comparison.high <= 0.3)
    #expect(PairedComparison(differences: differences) == comparison)
    // Equal differences leave nothing to doubt.
    let certain = try #require(PairedComparison(differences: [0.5, 0.5, 0.5]))
    #expect(certain.low == 0.5 && certain.high == 0.5)
    #expect(PairedComparison(differences: [1]) == nil)
  }

  /// SciPy's `2 * t.sf(t, freedom)`.
  @Test(arguments: [
    (0.0, 3, 1.0), (0.1, 1, 0.936548965138893), (0.5, 2, 0.6666666666666667), (1, 1, 0.5), (1, 9, 0.3434363961379136),
    (1.7, 4, 0.16435494127005), (2.5, 6, 0.0465282322841673), (3, 9, 0.014956363910414222),
    (10, 9, 3.578237431924736e-06), (50, 3, 1.761715204127197e-05), (1e6, 2, 9.999999999985001e-13),
    (40, 200, 2.2487396535202197e-97), (0.01, 500, 0.9920252759930329), (2, 1000, 0.04577034649325166),
  ])
  func computesTheProbabilityBeyondStudentsT(_ t: Double, _ freedom: Int, _ expected: Double) {
    let found = StudentT.probability(beyond: t, freedom: freedom)
    // e^-y loses the digits of y that are in front of its point.
    #expect(abs(found - expected) <= 1e-12 * expected, "t \(t), \(freedom): \(found)")
  }

  /// At the quantile of 97.5 % two tails of 2.5 % are left: the test and the interval agree.
  @Test func findsFivePercentBeyondTheQuantile() {
    for freedom in Array(1...120) + [500, 999, 1000, 1001, 5000] {
      let p = StudentT.probability(beyond: StudentT.quantile(freedom: freedom), freedom: freedom)
      #expect(abs(p - 0.05) < 1e-12, "\(freedom): \(p)")
    }
  }

  @Test func testsPairsAsScipyDoes() throws {
    let x = [0.31, 0.275, 0.4, 0.355, 0.29, 0.33, 0.41]
    let y = [0.25, 0.26, 0.31, 0.36, 0.2, 0.34, 0.37]
    let p = try #require(StudentT.pValue(differences: zip(x, y).map { $0 - $1 }))
    #expect(abs(p - 0.045054034431145196) < 1e-13, "\(p)")
    #expect(StudentT.pValue(differences: [1]) == nil && StudentT.pValue(differences: [0.5, 0.5, 0.5]) == nil)
    #expect(StudentT.pValue(differences: [0, 0]) == nil, "no spread, no test")
    #expect(StudentT.pValue(differences: [1, -1]) == 1)
  }

  /// By hand: sorted 0.005, 0.01, 0.03, 0.04, times 4, 3, 2, 1 gives 0.02, 0.03, 0.06, 0.04; the last can't be below the one
  /// before it.
  @Test func adjustsForTheNumberOfTestsAsHolmDoes() {
    func adjusted(_ values: [Double?]) -> [Double?] {
      HolmAdjustment.adjusted(values).map { $0.map { ($0 * 1e9).rounded() / 1e9 } }
    }
    #expect(adjusted([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02])
    // Where no test was possible, none counts.
    #expect(adjusted([0.01, nil, 0.04, 0.03, 0.005, nil]) == [0.03, nil, 0.06, 0.06, 0.02, nil])
    #expect(adjusted([0.5, 0.6]) == [1, 1] && adjusted([0.2]) == [0.2] && adjusted([]) == [])
    #expect(adjusted([0.02, 0.02, 0.02]) == [0.06, 0.06, 0.06])
  }
}
