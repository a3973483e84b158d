import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// A norm of a test (Zhang, Sennrich 2019): out = x / rms(x) weight, written as naively as can be.
private struct NaiveNorm: Norm {
  private let width: Int
  private let epsilon: Float
  private let weight: Parameter
  private let statistics: SavedBuffer  // (N, 1): 1 / rms

  init(_ name: String, width: Int, epsilon: Float, _ plan: inout ModelPlan) {
    self.width = width
    self.epsilon = epsilon
    weight = plan.parameter(name + ".weight", [width], .normWeight)
    statistics = plan.save(name + ".statistics", columns: 1)
  }

  func forward(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass) {
    normalize(out, pass[statistics], x, pass[weight], rows: pass.rows)
  }

  func decode(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ step: DecodeStep) {
    normalize(out, step[statistics], x, step[weight], rows: step.rows)
  }

  func recompute(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass) {
    forward(out, x, pass)
  }

  private func normalize(
    _ out: UnsafeMutablePointer<Float>, _ statistics: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>,
    _ weight: UnsafePointer<Float>, rows: Int
  ) {
    for row in 0..<rows {
      var squares: Float = 0
      for c in 0..<width { squares += x[row * width + c] * x[row * width + c] }
      statistics[row] = 1 / (squares / Float(width) + epsilon).squareRoot()
      for c in 0..<width { out[row * width + c] = x[row * width + c] * statistics[row] * weight[c] }
    }
  }

  /// n = x / rms, g = dOut weight: dX += (g - n mean(g n)) / rms, dWeight += dOut n.
  func backward(
    dX: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {
    let dWeight = gradient.sum(at: weight, count: width)
    let weight = pass[weight]
    for row in 0..<pass.rows {
      let (inverse, first) = (pass[statistics][row], row * width)
      var mean: Float = 0
      for c in 0..<width { mean += dOut[first + c] * weight[c] * x[first + c] * inverse / Float(width) }
      for c in 0..<width {
        let n = x[first + c] * inverse
        dX[first + c] += (dOut[first + c] * weight[c] - n * mean) * inverse
        dWeight?[c] += dOut[first + c] * n
      }
    }
  }
}

extension ModelFamily {
  /// A small decoder with that norm, and an MLP of a width of its own.
  fileprivate static let added = ModelFamily(name: "added") { c in
    var plan = ModelPlan(adapters: c.adapters, frozen: c.frozen)
    func norm(_ name: String, _ plan: inout ModelPlan) -> NaiveNorm {
      NaiveNorm(name, width: c.width, epsilon: c.layerNormEpsilon, &plan)
    }
    let embedding = TokenEmbedding(
      "wte", positions: "wpe", vocabulary: c.vocabulary, context: c.context, width: c.width, &plan)
    let blocks = (0..<c.layers).map { index in
      plan.block("h.\(index).") { plan in
        let attention = PreNormBlock.Residual(
          input: plan.save("input", columns: c.width), norm: norm("ln_1", &plan),
          sublayer: SelfAttention(
            inputs: [Linear("attn.c_attn", from: c.width, to: 3 * c.width, &plan)],
            projection: Linear("attn.c_proj", from: c.width, to: c.width, &plan),
            heads: SelfAttention.Heads(count: c.heads, keyValues: c.heads, width: c.headWidth), rotary: nil, &plan))
        let mlp = PreNormBlock.Residual(
          input: plan.save("mlp.input", columns: c.width), norm: norm("ln_2", &plan),
          sublayer: MLP(
            up: "mlp.c_fc", down: "mlp.c_proj", width: c.width, inner: 5 * c.width, residual: .weight, &plan))
        return PreNormBlock(width: c.width, attention: attention, mlp: mlp, &plan)
      }
    }
    let last = plan.save("last", columns: c.width)
    let end = norm("ln_f", &plan)
    let hidden = plan.save("hidden", columns: c.width)
    let unembedding = Unembedding(tiedTo: embedding, &plan)
    return ModelLayers(
      plan, embedding: embedding, blocks: blocks, last: last, norm: end, hidden: hidden, unembedding: unembedding,
      valueHeadWidth: c.valueHeadWidth, classifier: c.classifier)
  }
}

/// A layer and a family that are added through the module's protocols work in every pass.
@Suite struct AddedLayerTests {
  private func model(seed: UInt64) throws -> Transformer {
    var configuration = try ModelConfiguration(layers: 2, heads: 2, width: 12, context: 23, vocabulary: 11)
    configuration.family = .added
    return randomModel(configuration, seed: seed, standardDeviation: 0.3)
  }

  private func twin(_ model: Transformer) -> DoubleGPT {
    var twin = DoubleGPT(model)
    twin.norm = { x, name, twin in
      let squares = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
      let inverse = 1 / (squares + Double(twin.configuration.layerNormEpsilon)).squareRoot()
      return zip(x, twin.tensor(name + ".weight")).map { $0 * inverse * $1 }
    }
    return twin
  }

  @Test func derivesParametersFromTheDescription() throws {
    let layout = try model(seed: 51).layout
    #expect(layout.entry("h.1.ln_2.weight")?.shape == [12])
    #expect(layout.entry("h.1.ln_2.bias") == nil)
    #expect(layout.entry("h.0.mlp.c_fc.weight")?.shape == [12, 60])
    #expect(layout.entry("ln_f.weight")?.role.decays == false)
    let fresh = Transformer(try model(seed: 51).configuration)
    fresh.initialize(RandomStream(seed: 51, purpose: "tests/weights"))
    #expect(tensor("ln_f.weight", of: fresh.parameters, fresh) == [Float](repeating: 1, count: 12))
  }

  /// The bounds are those of TransformerForwardTests and TransformerGradientTests.
  @Test func matchesTheSlopeOfTheTwin() throws {
    let seed: UInt64 = 52
    let model = try model(seed: seed)
    let twin = twin(model)
    var random = TestRandom(seed, "tests/texts")
    let texts = [4, 1, 9].map { random.tokens($0, vocabulary: 11) }
    let batch = TokenBatch(texts)
    let dLogits = random.normals(batch.tokens.count * 11)
    func loss(_ twin: DoubleGPT) -> Double {
      zip(texts.flatMap { twin.forward($0).logits.flatMap { $0 } }, dLogits).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    let expected = texts.flatMap { twin.forward($0).logits.flatMap { $0 } }
    #expect(relativeError(forward(model, batch).logits, expected) < 1e-6, "seed \(seed)")
    let lanes = GradientLanes(count: model.layout.count)
    withPool(threads: 1) { pool in
      ShardRunner(model.configuration, pool: pool).gradient(model, batch, into: lanes) { shard, _, w in
        for i in 0..<shard.tokens.count * 11 { w.dLogits.pointer[i] = dLogits[shard.tokens.lowerBound * 11 + i] }
      }
    }
    for entry in model.layout.entries {
      let gradient = tensor(entry.name, of: lanes.total, model)
      let largest = gradient.reduce(0) { max($0, abs(Double($1))) }
      let direction = random.normals(entry.count).map(Double.init)
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let unit = direction.map { $0 / norm }
      let slope = SwerveTestSupport.slope(twin.parameters[entry.name] ?? [], along: unit, step: 1e-5) { values in
        var moved = twin
        moved.parameters[entry.name] = values
        return loss(moved)
      }
      let found = zip(unit, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
      #expect(largest > 0 && abs(slope - found) < 3e-6 * largest, "\(entry.name), seed \(seed)")
    }
  }

  @Test(arguments: [true, false])
  func decodesTheBitsOfTheForwardPass(shared: Bool) throws {
    let model = try model(seed: 53)
    var random = TestRandom(53, "tests/prompts")
    let prompts = (0..<9).map { _ in random.tokens(random.within(1...12), vocabulary: 11) }
    try expectBitsOfTheForwardPass(
      model, prompts: prompts, length: 23, threads: 2, sharesSteps: shared, seed: 53, "seed 53")
  }
}
