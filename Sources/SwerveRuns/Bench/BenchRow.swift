import SwerveFiles
import SwerveText

/// The measurements for one configuration.
package struct BenchRow: Sendable {
  package let config: BenchConfiguration
  package let threads: Int
  package let math: String
  /// The tokens per second of each part that was measured.
  package let speeds: [BenchPart: Double]
  /// nil if training is not measured.
  package let trainGflops: Double?
  package let peakGflops: Double

  /// The rate of training as a whole, in percent of the rate of the large product.
  package var trainShare: Double? { trainGflops.map { 100 * $0 / peakGflops } }

  /// The titles of `cells`.
  package static let head = [
    "CONFIG", "THREADS", "TRAIN tok/s", "SAMPLE tok/s", "FINETUNE tok/s", "TRAIN GFLOP/s", "PEAK", "SHARE",
  ]

  package var cells: [String] {
    func whole(_ value: Double?) -> String { value.map { "\(Int($0))" } ?? "-" }
    return [config.rawValue, "\(threads)"] + BenchPart.allCases.map { whole(speeds[$0]) }
      + [whole(trainGflops), whole(peakGflops), trainShare.map { "\(Int($0.rounded())) %" } ?? "-"]
  }

  /// Tokens per second as whole numbers, GFLOP/s and the share with one decimal; null if nothing was measured.
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
