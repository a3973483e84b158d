import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveText

/// The parts that are measured for a language model: the same work as PyTorch, transformers and TRL are given.
package enum ModelBenchPart: String, CaseIterable, Sendable {
  case train, score, sample16, sample64, grpo
}

/// Measures the throughput of a language model from a file.
package struct ModelBench {
  /// Explains the numbers to people.
  package static let explanation = """
    train      forward, backward, clipping at norm 1 and AdamW on 16 texts of
               64 tokens: tokens a second
    score      log-probabilities of the tokens of 16 texts of 64: tokens a second
    sample16   16 texts, prompts of 24 tokens, 32 new ones each: generated
    sample64   tokens a second; the same with 64 texts
    grpo       updates of GRPO: 16 problems, 4 answers each of at most 8 tokens,
               KL penalty of 0.05: generated tokens a second
    peak       the most memory of the process, in MiB
    Medians of 3 runs after 1.
    """

  private static let texts = 16
  private static let length = 64
  private static let promptLength = 24
  private static let newTokens = 32

  private let model: LoadedModel
  private let pool: WorkerPool

  package init(_ model: LoadedModel, pool: WorkerPool) {
    self.model = model
    self.pool = pool
  }

  /// - Parameter will: called before each measurement.
  package func measure(_ parts: Set<ModelBenchPart>, will: (ModelBenchPart) -> Void) throws -> ModelBenchRow {
    do {
      try model.model.configuration.checkPredictsTokens()
      try TokenBatch(texts(1, length: Self.length)).check(model.model.configuration)
    } catch {
      throw UsageError("this model can't be measured: \(error.message)")
    }
    var row = ModelBenchRow(threads: pool.threads)
    for part in ModelBenchPart.allCases where parts.contains(part) {
      will(part)
      switch part {
      case .train: row.speeds[part] = trainingSpeed()
      case .score: row.speeds[part] = scoringSpeed()
      case .sample16: row.speeds[part] = try samplingSpeed(texts: 16)
      case .sample64: row.speeds[part] = try samplingSpeed(texts: 64)
      case .grpo: (row.speeds[part], row.secondsPerUpdate) = try updateSpeed()
      }
    }
    row.peakMiB = Self.peakMiB
    return row
  }

  private static var peakMiB: Int { ThisProcess.peakMemoryBytes >> 20 }

  /// Texts of random tokens.
  private func texts(_ count: Int, length: Int) -> [[Int32]] {
    let draws = RandomStream(seed: 1, purpose: "bench/texts")
    return (0..<count).map { row in
      var cursor = draws.cursor(step: 1, row: row)
      return (0..<length).map { _ in Int32(cursor.below(model.tokenizer.vocabularySize)) }
    }
  }

  private func trainingSpeed() -> Double {
    let copy = model.model.copy()
    let batch = CrossEntropy(texts: texts(Self.texts, length: Self.length))
    let runner = ShardRunner(copy.configuration, pool: pool)
    let lanes = GradientLanes(count: copy.layout.count)
    let optimizer = AdamW(copy, options: AdamW.Options())
    let seconds = Stopwatch.medianSeconds(runs: 3, warmups: 1) {
      _ = batch.gradient(copy, runner: runner, into: lanes)
      _ = optimizer.update(gradient: lanes.total, learningRate: 1e-5, pool: pool)
    }
    return Double(Self.texts * Self.length) / seconds
  }

  private func scoringSpeed() -> Double {
    let batch = CrossEntropy(texts: texts(Self.texts, length: Self.length))
    let runner = ShardRunner(model.model.configuration, pool: pool)
    let v = model.model.configuration.vocabulary
    let logp = FloatBuffer(count: batch.targets.count)
    let seconds = Stopwatch.medianSeconds(runs: 3, warmups: 1) {
      runner.forward(model.model, batch.inputs) { shard, a, w in
        for (row, token) in shard.tokens.enumerated() {
          let logits = a.logits.pointer.reading + row * v
          let normalizer = SoftmaxRow(logits, count: v, inverseTemperature: 1)
          logp.pointer[token] = normalizer.logp(logits[Int(batch.targets[token])])
        }
      }
    }
    return Double(Self.texts * Self.length) / seconds
  }

  private func samplingSpeed(texts count: Int) throws -> Double {
    let sampler = Sampler(model.model, pool: pool)
    let prompts = texts(count, length: Self.promptLength)
    var step = 0
    let seconds = try Stopwatch.medianSeconds(runs: 3, warmups: 1) {
      step += 1
      _ = try sampler.generate(
        prompts: prompts, rules: [NeverStop](repeating: NeverStop(), count: count),
        limits: [Int](repeating: Self.newTokens, count: count), mode: .sample(temperature: 1),
        stream: RandomStream(seed: 1, purpose: "bench/tokens"), step: step)
    }
    return Double(count * Self.newTokens) / seconds
  }

  /// Generated tokens a second, and seconds for each update.
  private func updateSpeed() throws -> (speed: Double, seconds: Double) {
    let plan = BenchSums.plan(tokenizer: model.tokenizer, updates: 4)
    let policy = model.model.copy()
    let watch = Stopwatch()
    let observer = UpdateTimes(watch)
    try FineTuning(plan, policy: policy, reference: model.model, pool: pool, seed: 1) { watch.seconds }.run(observer)
    // The first update is the warm-up.
    let times = zip(observer.ends.dropFirst(), observer.ends).map { $0 - $1 }
    let seconds = Stopwatch.median(times)
    let tokens = Stopwatch.median(observer.tokens.dropFirst().map { Double($0) })
    return (tokens / seconds, seconds)
  }
}

/// The measurements of one model.
package struct ModelBenchRow: Sendable {
  package let threads: Int
  package var speeds: [ModelBenchPart: Double] = [:]
  package var secondsPerUpdate: Double?
  package var peakMiB = 0

  init(threads: Int) { self.threads = threads }

  /// Titles and values of what was measured.
  package var cells: [[String]] {
    let measured = ModelBenchPart.allCases.filter { speeds[$0] != nil }
    return [
      ["THREADS"] + measured.map { "\($0.rawValue.uppercased()) tok/s" } + ["PEAK MiB"],
      ["\(threads)"] + measured.map { "\(Int(speeds[$0] ?? 0))" } + ["\(peakMiB)"],
    ]
  }

  /// Tokens a second with one decimal; null where nothing was measured.
  package var json: JSONValue {
    func tenths(_ value: Double?) -> JSONValue { value.map { .double(($0 * 10).rounded() / 10) } ?? .null }
    return .object(
      [JSONMember("threads", .integer(threads))]
        + ModelBenchPart.allCases.map { JSONMember($0.rawValue, tenths(speeds[$0])) } + [
          JSONMember("seconds_per_update", secondsPerUpdate.map { .double(($0 * 100).rounded() / 100) } ?? .null),
          JSONMember("peak_mib", .integer(peakMiB)),
        ])
  }
}

/// When the updates ended, and how many tokens each generated.
private final class UpdateTimes: TrainingObserver {
  private let watch: Stopwatch
  private(set) var ends: [Double] = []
  private(set) var tokens: [Float] = []

  init(_ watch: Stopwatch) { self.watch = watch }

  func stepDidEnd(_ record: StepRecord) {
    ends.append(watch.seconds)
    let length = record.metrics.first { $0.name === "length/train" }?.value ?? 0
    tokens.append(length * Float(BenchSums.episodes))
  }
}
