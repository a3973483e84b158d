import SwerveFiles
import SwerveText

/// What was measured for one configuration.
package struct BenchRow: Sendable {
  package let config: BenchConfiguration
  package let threads: Int
  package let math: String
  /// Tokens a second of what was measured.
  package let speeds: [BenchPart: Double]
  /// nil where training is not measured.
  package let trainGflops: Double?
  package let peakGflops: Double

  /// Of the large product's rate, what training reaches over all its parts, in per cent.
  package var trainShare: Double? { trainGflops.map { 100 * $0 / peakGflops } }

  /// Titles of `cells`.
  package static let head = [
    "CONFIG", "THREADS", "TRAIN tok/s", "SAMPLE tok/s", "FINETUNE tok/s", "TRAIN GFLOP/s", "PEAK", "SHARE",
  ]

  package var cells: [String] {
    func whole(_ value: Double?) -> String { value.map { "\(Int($0))" } ?? "-" }
    return [config.rawValue, "\(threads)"] + BenchPart.allCases.map { whole(speeds[$0]) }
      + [whole(trainGflops), whole(peakGflops), trainShare.map { "\(Int($0.rounded())) %" } ?? "-"]
  }

  /// Tokens a second as whole numbers, GFLOP/s and the share with one decimal; null where nothing was measured.
  package var json: JSONValue {
    func speed(_ part: BenchPart) -> JSONValue { speeds[part].map { .integer(Int($0)) } ?? .null }
    return [
      "config": .string(config.rawValue), "threads": .integer(threads), "math": .string(math),
      "train": speed(.train), "sample": speed(.sample), "finetune": speed(.finetune),
      "train_gflops": trainGflops.map { .double(Self.tenths($0)) } ?? .null,
      "peak_gflops": .double(Self.tenths(peakGflops)),
      "train_share": trainShare.map { .double(Self.tenths($0)) } ?? .null,
    ]
  }

  private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
