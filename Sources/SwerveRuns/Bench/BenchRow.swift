/// What was measured for one configuration.
package struct BenchRow: Sendable {
  package let config: BenchConfiguration
  package let threads: Int
  package let math: String
  /// Tokens a second.
  package let train: Double
  package let sample: Double
  /// Generated tokens a second; nil where it is not measured.
  package let finetune: Double?
  package let trainGflops: Double
  package let peakGflops: Double

  /// Titles of `cells`.
  package static let head = [
    "CONFIG", "THREADS", "TRAIN tok/s", "SAMPLE tok/s", "FINETUNE tok/s", "TRAIN GFLOP/s", "PEAK",
  ]

  package var cells: [String] {
    [
      config.rawValue, "\(threads)", "\(Int(train))", "\(Int(sample))", finetune.map { "\(Int($0))" } ?? "-",
      "\(Int(trainGflops))", "\(Int(peakGflops))",
    ]
  }

  /// Tokens a second as whole numbers, GFLOP/s with one decimal.
  package var json: JSONValue {
    [
      "config": .string(config.rawValue), "threads": .integer(threads), "math": .string(math),
      "train": .integer(Int(train)), "sample": .integer(Int(sample)),
      "finetune": finetune.map { .integer(Int($0)) } ?? .null, "train_gflops": .double(Self.tenths(trainGflops)),
      "peak_gflops": .double(Self.tenths(peakGflops)),
    ]
  }

  private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
