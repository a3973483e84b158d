import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// AdamW one element at a time, in the order of operations that AdamW.swift states.
struct AdamWTwin {
  let layout: ParameterLayout
  let options: AdamW.Options
  var weights: [Float]
  var m: [Float]
  var v: [Float]
  var step = 0

  init(_ model: Transformer, _ options: AdamW.Options) {
    layout = model.layout
    self.options = options
    weights = allWeights(model)
    m = weights.map { _ in 0 }
    v = m
  }

  /// Squares in 16 lanes and the tree within pieces of 2^14, pieces in Double.
  func norm(_ gradient: [Float]) -> Float {
    var sum = 0.0
    for first in stride(from: 0, to: gradient.count, by: 1 << 14) {
      let count = min(1 << 14, gradient.count - first)
      sum += Double(naiveLanes(count) { fused(gradient[first + $1], gradient[first + $1], $0) })
    }
    return Float(sum.squareRoot())
  }

  mutating func update(_ gradient: [Float], learningRate: Float) -> Float {
    step += 1
    let norm = norm(gradient)
    let scale = options.clip > 0 && norm > options.clip ? options.clip / norm : 1
    let correction1 = 1 - power(options.beta1)
    let correction2 = 1 - power(options.beta2)
    let rate = Float(Double(learningRate) / correction1)
    let root = Float(correction2.squareRoot())
    for entry in layout.entries {
      let keep = entry.shape.count >= 2 ? 1 - learningRate * options.decay : 1
      for i in entry.offset..<entry.offset + entry.count {
        let g = gradient[i] * scale
        m[i] = fused(options.beta1, m[i], g * (1 - options.beta1))
        v[i] = fused(options.beta2, v[i], g * g * (1 - options.beta2))
        weights[i] = weights[i] * keep - rate * m[i] / (v[i].squareRoot() / root + options.epsilon)
      }
    }
    return norm
  }

  private func power(_ beta: Float) -> Double { (0..<step).reduce(1.0) { product, _ in product * Double(beta) } }
}

@Suite struct AdamWTests {
  static let options: [AdamW.Options] = {
    var plain = AdamW.Options()
    var unusual = AdamW.Options()
    plain.decay = 0
    plain.clip = 0
    (unusual.beta1, unusual.beta2, unusual.epsilon, unusual.decay, unusual.clip) = (0.5, 0.7, 1e-3, 0.4, 1e6)
    return [AdamW.Options(), plain, unusual]
  }()

  /// 13,000 to 32,000 parameters: tensors of no whole number of vectors, and tensors and sums of more than one piece.
  private func model(_ width: Int, seed: UInt64) throws -> Transformer {
    let configuration = try ModelConfiguration(
      layers: width == 34 ? 1 : 2, heads: 2, width: width, context: 9, vocabulary: width == 34 ? 500 : 7,
      valueHeadWidth: 5)
    return randomModel(configuration, seed: seed)
  }

  /// A gradient in the model's layout; what lies between the tensors is 0.
  private func gradient(_ model: Transformer, _ random: inout TestRandom) -> [Float] {
    var gradient = [Float](repeating: 0, count: model.layout.count)
    for entry in model.layout.entries {
      let size: Float = random.uniform(1e-4...1)
      for i in 0..<entry.count { gradient[entry.offset + i] = random.cursor.normal() * size }
    }
    return gradient
  }

  @Test(arguments: [(22, 0), (22, 1), (22, 2), (34, 0)])
  func updatesEveryWeightInTheStatedOrder(width: Int, place: Int) throws {
    let model = try model(width, seed: 41)
    let options = Self.options[place]
    var twin = AdamWTwin(model, options)
    var random = TestRandom(42)
    let optimizer = AdamW(model, options: options)
    try withPool(threads: 2) { pool in
      for step in 1...3 {
        let gradient = gradient(model, &random)
        let norm = optimizer.update(gradient: gradient, learningRate: 0.01, pool: pool)
        let expected = twin.update(gradient, learningRate: 0.01)
        #expect(norm.bitPattern == expected.bitPattern, "norm at step \(step), \(options), seed 42")
        #expect(bitMismatch(allWeights(model), twin.weights) == nil, "step \(step), \(options), seed 42")
        try #require(optimizer.step == step)
      }
    }
  }

  @Test func givesTheSameBitsAtAnyNumberOfThreads() throws {
    var results: [[Float]] = []
    for threads in threadCounts {
      let model = try model(34, seed: 43)
      var random = TestRandom(44)
      let optimizer = AdamW(model, options: AdamW.Options())
      withPool(threads: threads) { pool in
        for _ in 0..<2 { _ = optimizer.update(gradient: gradient(model, &random), learningRate: 0.01, pool: pool) }
      }
      results.append(allWeights(model))
      #expect(bitMismatch(results[results.count - 1], results[0]) == nil, "\(threads) threads")
    }
  }

  /// A gradient above `clip` counts with norm `clip`: scaling it further changes nothing but rounding.
  @Test func clipsTheNormOfTheGradient() throws {
    func weights(scale: Float) throws -> [Float] {
      let model = try model(22, seed: 45)
      var random = TestRandom(46)
      var options = AdamW.Options()
      options.epsilon = 1
      let optimizer = AdamW(model, options: options)
      withPool(threads: 1) { pool in
        _ = optimizer.update(gradient: gradient(model, &random).map { $0 * scale }, learningRate: 1, pool: pool)
      }
      return allWeights(model)
    }
    #expect(relativeError(try weights(scale: 7), try weights(scale: 1)) < 1e-6)
  }

  @Test func movesNothingWithoutGradientAndDecay() throws {
    let model = try model(22, seed: 47)
    let before = allWeights(model)
    var options = AdamW.Options()
    options.decay = 0
    let optimizer = AdamW(model, options: options)
    let zeros = [Float](repeating: 0, count: model.layout.count)
    let norm = withPool(threads: 1) { optimizer.update(gradient: zeros, learningRate: 0.1, pool: $0) }
    #expect(norm == 0)
    #expect(bitMismatch(allWeights(model), before) == nil)
  }
}
