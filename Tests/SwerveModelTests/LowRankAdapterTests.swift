import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// A base model of a family, and adapters on some of its layers.
struct AdapterCase: Sendable, CustomTestStringConvertible {
  let configuration: ModelConfiguration
  let adapters: LowRankAdapters
  let seed: UInt64

  /// Drawn anew in each run; failures show it.
  static let seed = UInt64.random(in: 0..<1 << 32)

  static let all: [AdapterCase] = [11, seed].flatMap { seed in
    let gpt2 = PositionEncoding.allCases.map { positions in
      AdapterCase(
        configuration: try! ModelConfiguration(
          layers: 2, heads: 2, width: 12, context: 64, vocabulary: 11, positions: positions, valueHeadWidth: 6),
        adapters: LowRankAdapters(rank: 3, alpha: 5, layers: positions == .learned ? [] : ["c_attn", "mlp.c_proj"]),
        seed: seed)
    }
    let decoders = DecoderCase.families.map { family in
      AdapterCase(
        configuration: try! DecoderCase(family, seed: seed).configuration,
        adapters: LowRankAdapters(rank: 2, alpha: 3, layers: family == "qwen2" ? ["q_proj", "v_proj", "up_proj"] : []),
        seed: seed)
    }
    return gpt2 + decoders
  }

  var testDescription: String { "\(configuration.family.name), \(adapters.summary), seed \(seed)" }

  var base: Transformer {
    var whole = configuration
    whole.valueHeadWidth = 0
    return randomModel(whole, seed: seed, standardDeviation: 1 / Float(configuration.width).squareRoot())
  }

  /// Adapters away from their first values, which add nothing.
  func model(on base: Transformer) -> Transformer {
    let model = Transformer(adapters, on: base, valueHeadWidth: configuration.valueHeadWidth)
    var random = TestRandom(seed, "tests/adapters")
    model.update { weights in
      for entry in model.layout.entries {
        for (i, value) in random.normals(entry.count, standardDeviation: 0.3).enumerated() {
          weights[entry.offset + i] = value
        }
      }
    }
    return model
  }

  func texts(_ lengths: [Int]) -> [[Int32]] {
    var random = TestRandom(seed, "tests/texts")
    return lengths.map { random.tokens($0, vocabulary: configuration.vocabulary) }
  }
}

/// Logits in Double of a base whose weights have the adapters added: W + alpha / rank B A.
private struct AdapterTwin {
  var adapters: [String: [Double]]
  private let base: [String: [Double]]
  private let model: Transformer
  private let shape: LowRankAdapters
  private let configuration: ModelConfiguration

  init(_ model: Transformer, on base: Transformer, _ item: AdapterCase) {
    (self.model, shape, configuration) = (base, item.adapters, item.configuration)
    self.base = DoubleGPT(base).parameters
    adapters = DoubleGPT(model).parameters
  }

  func logits(_ text: [Int32]) -> [[Double]] {
    var parameters = base.merging(adapters) { $1 }
    let scale = Double(shape.alpha) / Double(shape.rank)
    for (name, a) in adapters where name.hasSuffix(".lora_A.weight") {
      let linear = String(name.dropLast(".lora_A.weight".count))
      let b = adapters[linear + ".lora_B.weight"] ?? []
      let (inputs, outputs) = (a.count / shape.rank, b.count / shape.rank)
      for o in 0..<outputs {
        for i in 0..<inputs {
          let product = (0..<shape.rank).reduce(0.0) { $0 + b[o * shape.rank + $1] * a[$1 * inputs + i] }
          // GPT-2's weights are (input, output).
          let place = configuration.family == .gpt2 ? i * outputs + o : o * inputs + i
          parameters[linear + ".weight"]?[place] += scale * product
        }
      }
    }
    if configuration.family == .gpt2 {
      var twin = DoubleGPT(model)
      twin.parameters = parameters
      return twin.forward(text).logits
    }
    var twin = DoubleDecoder(model)
    twin.parameters = parameters
    return twin.forward(text).logits
  }
}

@Suite struct LowRankAdapterTests {
  @Test(arguments: AdapterCase.all)
  func givesTheLogitsOfTheBaseWithTheProductsAdded(item: AdapterCase) {
    let base = item.base
    let model = item.model(on: base)
    let texts = item.texts([5, 1, 30])
    let twin = AdapterTwin(model, on: base, item)
    let expected = texts.flatMap { twin.logits($0).flatMap { $0 } }
    let batch = TokenBatch(texts)
    // A logit is the end of some hundred rounded operations, whose errors of 6e-8 add up as random steps do: 6e-7 is usual,
    // and seeds were met with 3.3e-6.
    #expect(relativeError(forward(model, batch).logits, expected) < 6e-6)
    #expect(relativeError(forward(model.merged(), batch).logits, expected) < 6e-6)
  }

  @Test(arguments: AdapterCase.all)
  func addsNothingAtItsFirstValues(item: AdapterCase) {
    let base = item.base
    let model = Transformer(item.adapters, on: base, valueHeadWidth: 0)
    model.initialize(RandomStream(seed: item.seed, purpose: "tests/adapters"))
    let batch = TokenBatch(item.texts([5, 1, 30]))
    #expect(bitMismatch(forward(model, batch).logits, forward(base, batch).logits) == nil)
    #expect(bitMismatch(allWeights(model.merged()), allWeights(base)) == nil)
  }

  /// One random direction through all elements of each tensor, against central differences in Double.
  @Test(arguments: AdapterCase.all)
  func matchesTheSlopeOfTheTwinInEveryTensor(item: AdapterCase) {
    let base = item.base
    let model = item.model(on: base)
    let texts = item.texts([4, 1, 6])
    let batch = TokenBatch(texts)
    let v = item.configuration.vocabulary
    var random = TestRandom(item.seed, "tests/loss")
    let dLogits = random.normals(batch.tokens.count * v)
    let lanes = gradient(model, batch, dLogits)
    let twin = AdapterTwin(model, on: base, item)
    let adapters = model.layout.entries.filter(\.role.isAdapter)
    func largestElement(_ name: String) -> Double {
      tensor(name, of: lanes.total, model).reduce(0) { max($0, abs(Double($1))) }
    }
    let most = adapters.reduce(0) { max($0, largestElement($1.name)) }
    for entry in adapters {
      let found = tensor(entry.name, of: lanes.total, model)
      // Gradients of keys nearly cancel, and keep the rounding of terms that are as large as those of other tensors.
      let largest = max(largestElement(entry.name), 0.05 * most)
      let direction = random.normals(entry.count).map(Double.init)
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let unit = direction.map { $0 / norm }
      let slope = SwerveTestSupport.slope(twin.adapters[entry.name] ?? [], along: unit, step: 1e-5) { values in
        var moved = twin
        moved.adapters[entry.name] = values
        return zip(texts.flatMap { moved.logits($0).flatMap { $0 } }, dLogits).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      let along = zip(unit, found).reduce(0) { $0 + $1.0 * Double($1.1) }
      #expect(largestElement(entry.name) > 0 && abs(slope - along) < 1e-5 * largest, "\(entry.name)")
    }
  }

  /// The base takes no part in the gradient, and its weights are those of the base itself.
  @Test(arguments: AdapterCase.all)
  func trainsNothingOfTheBase(item: AdapterCase) {
    let base = item.base
    let before = allWeights(base)
    let model = item.model(on: base)
    #expect(model.base === base)
    #expect(model.layout.entries.allSatisfy { $0.role.isAdapter || $0.role.isValueHead })
    let batch = TokenBatch(item.texts([9, 20, 4, 7]))
    var random = TestRandom(item.seed, "tests/loss")
    let dLogits = random.normals(batch.tokens.count * item.configuration.vocabulary)
    let lanes = gradient(model, batch, dLogits)
    let logits = forward(model, batch).logits
    withPool(threads: 2) { pool in
      _ = AdamW(model, options: AdamW.Options()).update(gradient: lanes.total, learningRate: 0.1, pool: pool)
    }
    #expect(bitMismatch(allWeights(base), before) == nil)
    #expect(bitMismatch(forward(model, batch).logits, logits) != nil)
  }

  /// Models take turns in a stage, and each has products that the other lacks.
  @Test(arguments: AdapterCase.all)
  func leavesABaseWithAValueHeadUsable(item: AdapterCase) {
    var configuration = item.configuration
    configuration.valueHeadWidth = 6
    let base = randomModel(configuration, seed: item.seed)
    let batch = TokenBatch(item.texts([5, 1, 30]))
    let before = forward(base.copy(), batch)
    let model = item.model(on: base)
    let logits = forward(model, batch).logits
    let after = forward(base, batch)
    #expect(bitMismatch(after.logits, before.logits) == nil && bitMismatch(after.values, before.values) == nil)
    #expect(bitMismatch(forward(model, batch).logits, logits) == nil)
  }

  @Test(arguments: AdapterCase.all)
  func givesTheSameGradientOnAnyNumberOfThreads(item: AdapterCase) {
    let base = item.base
    let model = item.model(on: base)
    let batch = TokenBatch(item.texts([30, 40, 50, 60, 30, 20, 45, 60]))
    var random = TestRandom(item.seed, "tests/loss")
    let dLogits = random.normals(batch.tokens.count * item.configuration.vocabulary)
    func run(_ threads: Int) -> [Float] {
      let lanes = gradient(model, batch, dLogits, threads: threads)
      return model.layout.entries.flatMap { tensor($0.name, of: lanes.total, model) }
    }
    #expect(bitMismatch(run(1), run(3)) == nil)
  }

  @Test(arguments: AdapterCase.all, [(1, false), (9, true), (23, false)])
  func decodesTheBitsOfTheForwardPass(item: AdapterCase, _ decoding: (texts: Int, shared: Bool)) throws {
    let base = item.base
    let model = item.model(on: base)
    let v = item.configuration.vocabulary
    var random = TestRandom(item.seed, "tests/prompts")
    let prompts = (0..<decoding.texts).map { _ in random.tokens(random.within(1...30), vocabulary: v) }
    try expectBitsOfTheForwardPass(
      model, prompts: prompts, length: 50, threads: 2, sharesSteps: decoding.shared, seed: item.seed,
      item.testDescription)
  }

  @Test func refusesLayersThatTheModelLacks() throws {
    var configuration = try ModelConfiguration(
      family: .llama, layers: 1, heads: 2, width: 8, context: 16, vocabulary: 7, positions: .rotary)
    configuration.adapters = LowRankAdapters(rank: 2, alpha: 4, layers: ["q_prj"])
    let error = #expect(throws: ModelError.self) { try configuration.check() }
    #expect(
      error?.message == "the model's blocks have the linear layers q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, "
        + "down_proj, and no 'q_prj'; did you mean 'q_proj'?")
    for bad in [
      LowRankAdapters(rank: 0, alpha: 1), LowRankAdapters(rank: 2, alpha: .infinity),
      LowRankAdapters(rank: 2, alpha: 0),
    ] {
      configuration.adapters = bad
      #expect(throws: ModelError.self) { try configuration.check() }
    }
  }

  private func gradient(
    _ model: Transformer, _ batch: TokenBatch, _ dLogits: [Float], threads: Int = 1
  ) -> GradientLanes {
    let v = model.configuration.vocabulary
    let lanes = GradientLanes(count: model.layout.count)
    withPool(threads: threads) { pool in
      ShardRunner(model.configuration, pool: pool).gradient(model, batch, into: lanes) { shard, _, w in
        for i in 0..<shard.tokens.count * v { w.dLogits.pointer[i] = dLogits[shard.tokens.lowerBound * v + i] }
        w.dValues.zero(first: model.configuration.valueHeadWidth > 0 ? shard.tokens.count : 0)
      }
    }
    return lanes
  }
}
