import SwerveModel
import SwerveRL
import SwerveTensor

/// A short timing of one model on this machine.
struct SpeedProbe {
  /// Tokens per second of forward, backward and AdamW.
  let training: Double
  /// Tokens per second of sampling with a cache, including the tokens of the prompts.
  let sampling: Double
  /// Limits for the measured work, so that a plan takes little time: tokens of a training step, and rows and tokens
  /// that are sampled together.
  private static let mostTrainingTokens = 2048, mostSampledRows = 64, mostSampledTokens = 64

  /// - Parameters:
  ///   - length: tokens of a text.
  ///   - rows: the number of episodes that are sampled together; 0: sampling is not measured.
  static func measure(
    _ configuration: ModelConfiguration, length: Int, batch: Int, rows: Int, mode: MathMode, pool: WorkerPool
  ) throws -> SpeedProbe {
    let model = Transformer(configuration, mode: mode)
    model.initialize(RandomStream(seed: 1, purpose: "plan/weights"))
    let length = max(2, min(length, configuration.context))
    return SpeedProbe(
      training: trainingSpeed(model, length: length, batch: batch, pool: pool),
      sampling: rows == 0 ? 0 : try samplingSpeed(model, length: length, rows: rows, pool: pool))
  }

  private static func trainingSpeed(_ model: Transformer, length: Int, batch: Int, pool: WorkerPool) -> Double {
    let count = max(1, min(batch, mostTrainingTokens / length))
    let draws = RandomStream(seed: 1, purpose: "plan/texts")
    let texts = (0..<count).map { row in
      var cursor = draws.cursor(step: 1, row: row)
      return (0..<length).map { _ in Int32(cursor.below(model.configuration.vocabulary)) }
    }
    let runner = ShardRunner(model.configuration, pool: pool)
    let lanes = GradientLanes(count: model.layout.count)
    let optimizer = AdamW(model, options: AdamW.Options())
    if let classifier = model.configuration.classifier {
      let batch = TokenBatch(texts, outputs: [])
      let seconds = Stopwatch.quickSeconds {
        runner.gradient(model, batch, into: lanes) { shard, _, w in
          w.dScores.zero(first: shard.rows.count * classifier.labels)
        }
        _ = optimizer.update(gradient: lanes.total, learningRate: 1e-4, pool: pool)
      }
      return Double(batch.tokens.count) / seconds
    }
    let work = CrossEntropy(texts: texts)
    let seconds = Stopwatch.quickSeconds {
      _ = work.gradient(model, runner: runner, into: lanes)
      _ = optimizer.update(gradient: lanes.total, learningRate: 1e-4, pool: pool)
    }
    return Double(work.targets.count) / seconds
  }

  private static func samplingSpeed(_ model: Transformer, length: Int, rows: Int, pool: WorkerPool) throws -> Double {
    let rows = min(rows, mostSampledRows)
    let tokens = max(1, min(length - 1, mostSampledTokens))
    var work = SamplingWork(model, rows: rows, length: tokens, purpose: "plan/tokens", pool: pool)
    let seconds = try Stopwatch.quickSeconds { try work.run() }
    return Double(work.tokens) / seconds
  }
}

extension StageCost {
  /// The seconds at these speeds. A forward pass alone counts as a third of a training step.
  func seconds(_ speed: SpeedProbe) -> Double {
    trained / speed.training + scored / (3 * speed.training) + (sampled > 0 ? sampled / speed.sampling : 0)
  }
}

extension Stopwatch {
  /// The median time of three calls after a first one; if the first call takes long, its time.
  fileprivate static func quickSeconds(_ body: () throws -> Void) rethrows -> Double {
    let first = Stopwatch()
    try body()
    let seconds = first.seconds
    return seconds > 0.5 ? seconds : try medianSeconds(runs: 3, warmups: 0, body)
  }
}
