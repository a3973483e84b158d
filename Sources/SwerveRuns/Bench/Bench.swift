import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveText

/// Measures throughput with the classes that experiments run through.
package struct Bench {
  /// Explains the numbers to people.
  package static let explanation = """
    train     forward, backward, clipping at norm 1 and AdamW on random
              tokens: tokens a second
    sample    64 texts (gpt2: 8) of 255 tokens with a KV cache, several tokens
              of a text at once where they can be guessed: tokens a second
    finetune  A2C updates: collect 50 episodes of 255 tokens, score them under
              policy and reference, GAE, one epoch of minibatches of 10 with
              the k2 penalty weighted by certainty^20: generated tokens a
              second (not for gpt2)
    peak      one large matrix product, in GFLOP/s; the share is training's of it
    Medians of 5 runs after 2 (train) or 10 (peak), or of 3 after 1.
    """

  private let threads: Int
  private let mode: MathMode
  private let pool: WorkerPool

  package init(threads: Int, mode: MathMode) {
    self.threads = threads
    self.mode = mode
    pool = WorkerPool(threads: threads)
  }

  /// - Parameter will: called before each measurement.
  package func measure(
    _ config: BenchConfiguration, parts: Set<BenchPart>, peak: Double, will: (BenchPart) -> Void
  ) throws -> BenchRow {
    var speeds: [BenchPart: Double] = [:]
    for part in BenchPart.allCases where parts.contains(part) && config.has(part) {
      will(part)
      speeds[part] = try speed(part, config)
    }
    return BenchRow(
      config: config, threads: threads, math: mode.rawValue, speeds: speeds,
      trainGflops: try speeds[.train].map { $0 * (try config.trainingOperations()) * 1e-9 }, peakGflops: peak)
  }

  /// The speed in tokens per second.
  private func speed(_ part: BenchPart, _ config: BenchConfiguration) throws -> Double {
    switch part {
    case .train: try trainingSpeed(config)
    case .sample: try samplingSpeed(config)
    case .finetune: try finetuningSpeed(config)
    }
  }

  private func newModel(_ configuration: ModelConfiguration) -> Transformer {
    let model = Transformer(configuration, mode: mode)
    model.initialize(RandomStream(seed: 1, purpose: "bench/weights"))
    return model
  }

  private func trainingSpeed(_ config: BenchConfiguration) throws -> Double {
    let model = newModel(try config.model)
    let context = model.configuration.context
    let draws = RandomStream(seed: 1, purpose: "bench/texts")
    let texts = (0..<config.trainingBatch).map { row in
      var cursor = draws.cursor(step: 1, row: row)
      return (0...context).map { _ in Int32(cursor.below(model.configuration.vocabulary)) }
    }
    let batch = CrossEntropy(texts: texts)
    let runner = ShardRunner(model.configuration, pool: pool)
    let lanes = GradientLanes(count: model.layout.count)
    let optimizer = AdamW(model, options: AdamW.Options())
    let seconds = Stopwatch.medianSeconds(runs: 5, warmups: 2) {
      _ = batch.gradient(model, runner: runner, into: lanes)
      _ = optimizer.update(gradient: lanes.total, learningRate: 1e-4, pool: pool)
    }
    return Double(batch.targets.count) / seconds
  }

  private func samplingSpeed(_ config: BenchConfiguration) throws -> Double {
    let model = newModel(try config.model)
    var work = SamplingWork(
      model, rows: config.samplingBatch, length: model.configuration.context - 1, purpose: "bench/tokens", pool: pool)
    let seconds = try Stopwatch.medianSeconds(runs: 3, warmups: 1) { try work.run() }
    return Double(work.tokens) / seconds
  }

  private func finetuningSpeed(_ config: BenchConfiguration) throws -> Double {
    let reference = newModel(try config.model)
    var configuration = reference.configuration
    let plan = try BenchTask.plan(context: configuration.context, updates: 4)
    configuration.valueHeadWidth = plan.criticWidth
    let policy = Transformer(configuration, mode: mode)
    let missing = policy.load(from: reference)
    policy.initialize(RandomStream(seed: 1, purpose: "bench/critic")) { missing.containsExactly($0.name) }
    let watch = Stopwatch()
    let observer = StepTimes(watch)
    try FineTuning(plan, policy: policy, reference: reference, pool: pool, seed: 1) { watch.seconds }.run(observer)
    // The first update is the warm-up.
    let times = zip(observer.ends.dropFirst(), observer.ends).map { $0 - $1 }
    return Double(plan.episodes * (configuration.context - 1)) / Stopwatch.median(times)
  }

  /// GFLOP/s of C (2048, 1024) = A (2048, 1024) B (1024, 1024) on all threads, in pieces of 128 rows.
  package func peakGflops() -> Double {
    let m = 2048
    let n = 1024
    let k = 1024
    let piece = 128
    var random = RandomStream(seed: 1, purpose: "bench/peak").cursor(step: 0, row: 0)
    func matrix(_ count: Int) -> FloatBuffer { FloatBuffer((0..<count).map { _ in random.uniform() - 0.5 }) }
    let a = matrix(m * k)
    let b = matrix(k * n)
    let c = FloatBuffer(count: m * n)
    let storage = FloatBuffer(count: panelCount(k: k, n: n))
    let panels = packPanels(
      storage.pointer, stored: b.pointer.reading, stride: n, transposed: false, k: k, n: n)
    let scratch = (0..<threads).map { _ in MatMulScratch() }
    let (left, out) = (a.pointer.reading, c.pointer)
    // In the first tenth of a second, OpenBLAS's own threads also use the cores, because they look for work when they
    // start.
    let seconds = Stopwatch.medianSeconds(runs: 5, warmups: 10) {
      pool.run(m / piece) { index, worker in
        matMul(
          out + index * piece * n, cStride: n, .rows(left + index * piece * k, stride: k), .panels(panels), m: piece,
          n: n, k: k, start: .zero, mode: mode, scratch: scratch[worker])
      }
    }
    withExtendedLifetime((a, b, c, storage)) {}
    return 2 * Double(m) * Double(n) * Double(k) / seconds * 1e-9
  }
}

/// The times at which the updates ended.
private final class StepTimes: TrainingObserver {
  private let watch: Stopwatch
  private(set) var ends: [Double] = []

  init(_ watch: Stopwatch) { self.watch = watch }

  func stepDidEnd(_ record: StepRecord) { ends.append(watch.seconds) }
}
