import Benchmark

/// Times calls with google/swift-benchmark's loop.
struct Timer {
  struct Result {
    /// Seconds of a call.
    let best: Double
    let median: Double
  }

  /// The least duration of each measurement, in seconds.
  let least: Double

  /// The best and the median time of a call. Calls shorter than 50 µs are timed in groups.
  func time(_ body: @escaping () -> Void) -> Result {
    body()
    let once = ContinuousClock().measure(body).components
    let seconds = Double(once.seconds) + Double(once.attoseconds) * 1e-18
    let together = max(1, Int(50e-6 / max(seconds, 5e-9)))
    let suite = BenchmarkSuite(name: "")
    suite.benchmark("") { for _ in 0..<together { body() } }
    var runner = BenchmarkRunner(suites: [suite], settings: [MinTime(seconds: least), Format(.none), Quiet(true)])
    // It throws for a filter that is no regular expression; there is no filter here.
    do { try runner.run() } catch { preconditionFailure("\(error)") }
    let nanoseconds = runner.results[0].measurements.sorted()
    func perCall(_ value: Double) -> Double { value * 1e-9 / Double(together) }
    return Result(best: perCall(nanoseconds[0]), median: perCall(nanoseconds[nanoseconds.count / 2]))
  }
}
