import SwerveModel
import SwerveTensor

/// The model's passes over one shard, one text of 256 tokens, and steps of a decoder in the middle of its texts.
func measureModels(_ report: Report) {
  for model in Model.allCases {
    let transformer = model.transformer()
    let pool = WorkerPool(threads: 1)
    let c = transformer.configuration
    report.measure("model: pack all panels", "\(model)", packing(model)) {
      transformer.update { _ in }
      transformer.prepareTraining(pool: pool, shards: 8)
    }
    transformer.prepareTraining(pool: pool, shards: 8)
    measurePasses(report, model, transformer)
    measureSteps(report, model, Decoder(transformer, slots: model == .gpt2 ? 8 : 32, length: c.context))
    pool.close()
  }
}

/// Weights of all products except the unembedding.
private func layerWeights(_ model: Model) -> Int { 12 * model.layers * model.width * model.width }

/// The layers' weights twice, for forward and backward, and the embedding once.
private func packing(_ model: Model) -> Work {
  let floats = 2 * (2 * layerWeights(model) + model.vocabulary * model.width)
  return Work(traffic: Traffic(floats: floats, .copy))
}

private func measurePasses(_ report: Report, _ model: Model, _ transformer: Transformer) {
  let (n, v) = (Model.tokens, model.vocabulary)
  let batch = TokenBatch([(0..<n).map { Int32($0 * 7 % v) }])
  let shard = Shard.cut(batch)[0]
  let (a, w) = (Activations(transformer.configuration), Workspace(transformer.configuration))
  let gradient = FloatBuffer(count: transformer.layout.count)
  let g = gradient.pointer
  let products = Double(n) * Double(layerWeights(model) + v * model.width)
  let gelu = gelu(model, rows: Double(n))
  report.measure(
    "model: forward", "\(model) \(n) tokens", Work(multiplyAdds: products), attention(model, products: 2), gelu
  ) { transformer.forward(batch, shard, into: a, w) }
  let dLogits = numbers(n * v, scale: 1e-3)
  w.dLogits.pointer.update(from: dLogits.pointer, count: n * v)
  report.measure(
    "model: backward", "\(model) \(n) tokens", Work(multiplyAdds: 2 * products), attention(model, products: 5), gelu
  ) { transformer.backward(batch, shard, a, w, into: GradientBlock(g, isFirst: false)) }
  withExtendedLifetime(gradient) {}
}

/// Attention of one text in all layers, with `products` products for each pair of query and key.
private func attention(_ model: Model, products: Double) -> Work {
  let pairs = Double(model.layers * Model.tokens * (Model.tokens + 1) / 2)
  return Work(multiplyAdds: products * Double(model.width) * pairs, exponentials: Double(model.heads) * pairs)
}

private func gelu(_ model: Model, rows: Double) -> Work {
  let floats = rows * Double(4 * model.width * model.layers)
  return Work(operations: 6 * floats, exponentials: floats, divisions: floats)
}

/// Sixteen steps around the middle of the context, then a jump back; a step is one token for each text.
private func measureSteps(_ report: Report, _ model: Model, _ decoder: Decoder) {
  let (steps, seen) = (16, 128)
  let inputs = (0..<steps).map { step in
    (0..<decoder.slots).map { (slot: $0, token: $0 % model.vocabulary, position: seen - steps / 2 + step) }
  }
  let rows = Double(decoder.slots * steps)
  // Each step reads all weights, and the keys and values that each text has so far.
  let weights = layerWeights(model) + model.vocabulary * model.width
  let caches = 2 * seen * model.width * model.layers * decoder.slots
  let all = weights + caches
  let products = Work(
    multiplyAdds: rows * Double(weights), traffic: Traffic(floats: steps * weights, .read, workingSet: all))
  let attention = Work(
    multiplyAdds: Double(steps * caches), exponentials: rows * Double(model.layers * model.heads * seen),
    traffic: Traffic(floats: steps * caches, .read, workingSet: all))
  report.measure(
    "model: decoding, \(steps) steps", "\(model) \(decoder.slots) texts, T \(seen)", products, attention,
    gelu(model, rows: rows)
  ) { for step in inputs { decoder.step(step) } }
}
