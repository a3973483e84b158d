import Foundation
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// GPT-2 as another implementation computes it (in float64, stored as float32), from its weights in both layouts.
/// Tolerances are max |difference| / max |expected| of a tensor. Rounding grows with depth: measured at 1 to 3 layers
/// and widths from 20 to 48 it is up to 4e-7 a layer for outputs and 5e-7 for gradients, of which twice is allowed.
@Suite
struct GPT2FixtureTests {
  static let layouts = ["gpt2-tiny", "nanogpt-tiny"]
  static let roomPerLayer = 1e-6

  private struct Configuration: Decodable {
    let heads: Int

    enum CodingKeys: String, CodingKey {
      case heads = "n_head"
    }
  }

  let expected: TensorFile
  let texts: [[Int32]]

  init() throws {
    expected = try Fixtures.tensors("expected.safetensors")
    let length = try expected.shape("tokens")[1]
    texts = rows(of: try expected.integers("tokens").map(Int32.init), width: length)
  }

  private func model(_ layout: String) throws -> Transformer {
    let heads = try Fixtures.json("gpt2-tiny/config.json", as: Configuration.self).heads
    return try GPT2Weights.load(Fixtures.tensors(layout + "/model.safetensors").bytes, heads: heads)
  }

  private func room(_ model: Transformer) -> Double { Self.roomPerLayer * Double(model.configuration.layers) }

  private func file(_ prefix: String, _ name: String, _ shape: [Int]) throws -> [Float] {
    try expected.floats("\(prefix).transformer.\(name)", shape: shape)
  }

  /// Loss and gradient at the model's weights.
  private func gradient(_ model: Transformer, _ lanes: GradientLanes, _ pool: WorkerPool) -> Float {
    CrossEntropy(texts: texts).gradient(model, runner: ShardRunner(model.configuration, pool: pool), into: lanes)
  }

  @Test func readsTheSameWeightsFromBothLayouts() throws {
    let a = try model("gpt2-tiny")
    let b = try model("nanogpt-tiny")
    #expect(a.configuration == b.configuration)
    #expect(bitMismatch(allWeights(a), allWeights(b)) == nil)
  }

  @Test(arguments: layouts)
  func matchesLogitsAndHiddenStates(layout: String) throws {
    let model = try model(layout)
    let found = forward(model, TokenBatch(texts))
    let hidden = relativeError(found.hidden, try expected.floats("hidden"))
    let logits = relativeError(found.logits, try expected.floats("logits"))
    #expect(hidden < room(model) && logits < room(model))
  }

  @Test(arguments: layouts)
  func matchesTheLossAndItsGradient(layout: String) throws {
    let model = try model(layout)
    let lanes = GradientLanes(count: model.layout.count)
    let loss = withPool(threads: 2) { gradient(model, lanes, $0) }
    #expect(mismatch([loss], try expected.floats("loss"), ulps: 4) == nil)
    for entry in model.layout.entries {
      let found = tensor(entry.name, of: lanes.total, model)
      let error = relativeError(found, try file("grad", entry.name, entry.shape))
      #expect(error < room(model), "\(entry.name): \(error)")
    }
  }

  /// Adam divides a gradient by its own size, so that an error of the gradient moves a weight by the learning rate
  /// times the error relative to that element, not to the tensor's largest. Three steps: 3 lr min(1, noise /
  /// |gradient|), where noise is what `matchesTheLossAndItsGradient` allows. Beside it two roundings of the weight a
  /// step, and one of the file.
  ///
  /// The gradient of the keys' bias is 0 in mathematics: it adds the same number to all scores of a query, which
  /// softmax ignores. What is left is rounding noise, and Adam makes steps of up to lr of it in any direction, in every
  /// implementation. There only 3 lr bound the difference.
  @Test(arguments: layouts)
  func matchesTheWeightsAfterThreeStepsOfAdamW(layout: String) throws {
    let model = try model(layout)
    let lanes = GradientLanes(count: model.layout.count)
    let learningRate: Float = 1e-3
    let options = AdamW.Options()
    #expect(options.beta1 == 0.9 && options.beta2 == 0.99 && options.epsilon == 1e-8)
    #expect(options.decay == 0.1 && options.clip == 1)
    let norms = withPool(threads: 2) { pool in
      let optimizer = AdamW(model, options: options)
      return (0..<3).map { _ in
        _ = gradient(model, lanes, pool)
        return optimizer.update(gradient: lanes.total, learningRate: learningRate, pool: pool)
      }
    }
    #expect(mismatch([norms[0]], try expected.floats("grad_norm"), ulps: 4) == nil)
    let width = model.configuration.width
    for entry in model.layout.entries {
      let slopes = try file("grad", entry.name, entry.shape).map { Double(abs($0)) }
      let noise = room(model) * (slopes.max() ?? 0)
      let difference = mismatch(
        tensor(entry.name, of: model.parameters, model), try file("adamw", entry.name, entry.shape),
        relative: 7 * 0x1p-24
      ) { place in
        let isKeyBias = entry.name.hasSuffix("attn.c_attn.bias") && (width..<2 * width).contains(place)
        return 3 * Double(learningRate) * (isKeyBias ? 1 : min(1, noise / slopes[place]))
      }
      #expect(difference == nil, "\(entry.name)")
    }
  }

  @Test(arguments: layouts)
  func leavesOnlyNoiseInTheGradientOfTheKeysBias(layout: String) throws {
    let model = try model(layout)
    let lanes = GradientLanes(count: model.layout.count)
    let width = model.configuration.width
    _ = withPool(threads: 1) { gradient(model, lanes, $0) }
    for layer in 0..<model.configuration.layers {
      let bias = tensor("h.\(layer).attn.c_attn.bias", of: lanes.total, model).map(abs)
      let keys = bias[width..<2 * width].max() ?? 0
      let others = max(bias[..<width].max() ?? 0, bias[(2 * width)...].max() ?? 0)
      #expect(keys < 1e-6 * others, "layer \(layer): \(keys) beside \(others)")
    }
  }

  /// The same weights through OpenBLAS.
  @Test func matchesLogitsWithBLAS() throws {
    let model = try model("gpt2-tiny")
    let blas = Transformer(model.configuration, mode: .blas)
    #expect(blas.load(from: model).isEmpty)
    let error = relativeError(forward(blas, TokenBatch(texts)).logits, try expected.floats("logits"))
    #expect(error < room(model))
  }
}
