import SwerveModel
import SwerveTensor

/// Texts of one length after a prompt of one token, to be sampled for measuring. Each run draws different texts,
/// because speculative decoding could guess repeated ones.
struct SamplingWork {
  private let sampler: Sampler
  private let rows: Int
  private let length: Int
  private let stream: RandomStream
  private var step = 0

  /// - Parameter purpose: the name of the stream from which tokens are drawn.
  init(_ model: Transformer, rows: Int, length: Int, purpose: String, pool: WorkerPool) {
    sampler = Sampler(model, pool: pool)
    self.rows = rows
    self.length = length
    stream = RandomStream(seed: 1, purpose: purpose)
  }

  /// The number of tokens that a run generates.
  var tokens: Int { rows * length }

  mutating func run() throws {
    step += 1
    _ = try sampler.generate(
      prompts: [[Int32]](repeating: [0], count: rows), rules: [NeverStop](repeating: NeverStop(), count: rows),
      limits: [Int](repeating: length, count: rows), mode: .sample(temperature: 1), stream: stream, step: step)
  }
}
