/// Elapsed time. Nothing that is compared comes from it.
package struct Stopwatch: Sendable {
  private let start = ContinuousClock.now

  package init() {}

  package var seconds: Double {
    let passed = (ContinuousClock.now - start).components
    return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
  }

  /// The median of some times; for an even number, the upper of the two middle ones.
  static func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

  /// The median time of `runs` calls, after `warmups` calls that are not measured.
  static func medianSeconds(runs: Int, warmups: Int, _ body: () throws -> Void) rethrows -> Double {
    for _ in 0..<warmups { try body() }
    var times: [Double] = []
    for _ in 0..<runs {
      let watch = Stopwatch()
      try body()
      times.append(watch.seconds)
    }
    return median(times)
  }
}
