import SwerveTestSupport
import Testing

@testable import SwerveRL

/// The means that an update logs over its minibatches.
@Suite struct MetricMeansTests {
  private func means(_ minibatches: [[(String, Float?)]]) -> [Metric] {
    var means = MetricMeans()
    for metrics in minibatches { means.add(metrics.map { Metric($0.0, $0.1) }) }
    return means.metrics
  }

  @Test func averagesOverTheMinibatchesThatHaveTheName() {
    let found = means([
      [("loss", 1), ("loss/zeta", 1), ("grad_norm", 0.5)],
      [("loss", 3), ("loss/alpha", 100), ("loss/zeta", 2), ("grad_norm", 0.25)],
    ])
    #expect(
      found == [
        Metric("loss", 2), Metric("loss/zeta", 1.5), Metric("grad_norm", 0.375), Metric("loss/alpha", 100),
        Metric("minibatches/loss/alpha", 1),
      ])
  }

  @Test func keepsTheValuesOfNamesInAnotherOrder() {
    #expect(
      means([[("a", 1), ("b", 10)], [("b", 30), ("a", 3)]]) == [Metric("a", 2), Metric("b", 20)])
  }

  @Test func leavesOutWhatNoMinibatchMeasured() {
    #expect(means([[("a", nil), ("b", 2)], [("a", nil), ("b", 4)]]) == [Metric("b", 3)])
    #expect(means([[("a", nil)], [("a", 4)]]) == [Metric("a", 4), Metric("minibatches/a", 1)])
  }

  @Test func matchesTheMeansOfATableForRandomParts() {
    for seed in UInt64(0)..<50 {
      var random = TestRandom(seed)
      var table: [String: [Float]] = [:]
      var minibatches: [[(String, Float?)]] = []
      for _ in 0..<random.within(1...6) {
        var metrics: [(String, Float?)] = []
        for name in ["a", "b", "c", "d"] where random.within(0...2) > 0 {
          let value = Float(random.within(-64...64))
          metrics.insert((name, value), at: random.within(0...metrics.count))
          table[name, default: []].append(value)
        }
        minibatches.append(metrics)
      }
      let found = means(minibatches)
      for (name, values) in table {
        let mean = Float(values.map(Double.init).reduce(0, +) / Double(values.count))
        #expect(found.first { $0.name == name }?.value == mean, "seed \(seed), \(name)")
        let count = found.first { $0.name == "minibatches/" + name }?.value
        #expect(count == (values.count == minibatches.count ? nil : Float(values.count)), "seed \(seed), \(name)")
      }
      #expect(found.count { !$0.name.contains("/") } == table.count, "seed \(seed)")
    }
  }
}
