import Foundation
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// BERT as transformers saves it against PyTorch in float64. Tolerances are those of the fixtures' README.
@Suite struct EncoderFixtureTests {
  static let models = ["bert", "bert-classifier"]

  private struct Facts: Decodable {
    let batches: [Batch]

    struct Batch: Decodable {
      let rows: [Row]
      let loss: Double
      let gradientNorm: Double
    }

    struct Row: Decodable {
      let ids: [Int32]
      let types: [Int32]
      let label: Int
    }
  }

  private struct Real {
    let model: Transformer
    let expected: TensorFile
    let facts: Facts
    /// Of the model's tensors in the file.
    let prefix: String
    /// A linear layer on the texts' vectors, (labels, C).
    let head: (weight: [Double], bias: [Double])

    init(_ name: String) throws {
      prefix = name == "bert" ? "" : "bert."
      model = try RealModel.load(name, prefix: prefix)
      let path = Fixtures.real.appendingPathComponent("models/" + name)
      expected = try TensorFile(bytes: [UInt8](Data(contentsOf: path.appendingPathExtension("expected.safetensors"))))
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      facts = try decoder.decode(
        Facts.self, from: Data(contentsOf: path.appendingPathExtension("expected.json")))
      let isWhole = name == "bert-classifier"
      let file =
        try isWhole
        ? TensorFile(bytes: [UInt8](Data(contentsOf: path.appendingPathComponent("model.safetensors")))) : expected
      let head = isWhole ? "classifier" : "head"
      self.head = (
        try file.floats(head + ".weight").map(Double.init), try file.floats(head + ".bias").map(Double.init)
      )
    }

    func batch(_ b: Int) -> TokenBatch {
      TokenBatch(facts.batches[b].rows.map(\.ids), types: facts.batches[b].rows.map(\.types))
    }

    /// The logits of a text, and the gradient of its loss at its vector.
    func head(_ pooled: [Float], label: Int, share: Double) -> (logits: [Double], loss: Double, dPooled: [Float]) {
      let x = pooled.map(Double.init)
      let logits = doubleTransposedLinear(x, weight: head.weight, bias: head.bias)
      var d = doubleSoftmax(logits)
      d[label] -= 1
      let dPooled = x.indices.map { c in
        Float(d.indices.reduce(0.0) { $0 + d[$1] * head.weight[$1 * x.count + c] } * share)
      }
      return (logits, -doubleLogSoftmax(logits)[label] * share, dPooled)
    }
  }

  @Test(arguments: models)
  func matchesHiddenStatesAndVectorsOfTexts(name: String) throws {
    let real = try Real(name)
    let c = real.model.configuration.width
    for (b, facts) in real.facts.batches.enumerated() {
      let batch = real.batch(b)
      try batch.check(real.model.configuration)
      let (hidden, pooled) = encode(real.model, batch)
      for (r, row) in facts.rows.enumerated() {
        let key = "batch\(b).row\(r)."
        let own = Array(hidden[batch.starts[r] * c..<batch.starts[r + 1] * c])
        let vector = Array(pooled[r * c..<(r + 1) * c])
        #expect(relativeError(own, try real.expected.floats(key + "hidden")) < 1e-5, "\(key)hidden")
        #expect(relativeError(vector, try real.expected.floats(key + "pooled")) < 1e-5, "\(key)pooled")
        let mean = FloatBuffer(count: c)
        meanOfRows(mean.pointer, own, rows: row.ids.count, width: c)
        #expect(relativeError(mean.array, try real.expected.floats(key + "mean")) < 1e-5, "\(key)mean")
        let logits = real.head(vector, label: row.label, share: 1).logits.map(Float.init)
        #expect(relativeError(logits, try real.expected.floats(key + "logits")) < 1e-5, "\(key)logits")
      }
    }
  }

  /// The residual stream before each block, and after the last.
  @Test(arguments: models)
  func matchesTheStreamBetweenTheBlocks(name: String) throws {
    let real = try Real(name)
    let row = real.facts.batches[0].rows[0]
    let batch = TokenBatch([row.ids], types: [row.types])
    let activations = Activations(real.model.configuration)
    withPool(threads: 1) { real.model.prepare(pool: $0) }
    real.model.forward(batch, Shard.cut(batch)[0], into: activations, Workspace(real.model.configuration))
    var stages: [[Float]] = []
    activations.forEachPart(tokens: batch.tokens.count, outputs: 0, texts: 1) { name, _, values in
      if name.hasSuffix(".input") && !name.hasSuffix("mlp.input") || name == "hidden" { stages.append(Array(values)) }
    }
    #expect(stages.count == real.model.configuration.layers + 1)
    for (i, stage) in stages.enumerated() {
      #expect(relativeError(stage, try real.expected.floats("batch0.row0.stage\(i)")) < 5e-6, "stage \(i)")
    }
  }

  /// The gradient of keys' biases is 0 in theory, so they are compared with the largest of all gradients of biases.
  @Test(arguments: models)
  func matchesLossesAndGradients(name: String) throws {
    let real = try Real(name)
    let model = real.model
    let c = model.configuration.width
    for (b, facts) in real.facts.batches.enumerated() {
      let batch = real.batch(b)
      let lanes = GradientLanes(count: model.layout.count)
      let losses = GrowingBuffer().reserve(facts.rows.count)
      withPool(threads: 2) { pool in
        ShardRunner(model.configuration, pool: pool).gradient(model, batch, into: lanes) { shard, a, w in
          w.dHidden.zero(first: shard.tokens.count * c)
          for (text, row) in shard.rows.enumerated() {
            let vector = Array(UnsafeBufferPointer(start: a.pooled.pointer + text * c, count: c))
            let head = real.head(vector, label: facts.rows[row].label, share: 1 / Double(facts.rows.count))
            losses.pointer[row] = Float(head.loss)
            (w.dPooled.pointer + text * c).update(from: head.dPooled, count: c)
          }
        }
      }
      let loss = losses.array.prefix(facts.rows.count).reduce(0) { $0 + Double($1) }
      #expect(abs(loss - facts.loss) < 2e-6 * facts.loss, "batch \(b): \(loss)")
      for entry in model.layout.entries where b == 0 {
        let found = tensor(entry.name, of: lanes.total, model)
        let expected = try real.expected.floats("grad." + real.prefix + entry.name, shape: entry.shape)
        if entry.name.hasSuffix("key.bias") {
          #expect(found.allSatisfy { abs($0) < 1e-6 }, "\(entry.name)")
        } else {
          let error = relativeError(found, expected)
          #expect(error < 5e-5, "\(entry.name): \(error)")
        }
      }
    }
  }
}

/// Hidden states and vectors of a whole batch.
func encode(_ model: Transformer, _ batch: TokenBatch, threads: Int = 1) -> (hidden: [Float], pooled: [Float]) {
  let c = model.configuration.width
  let (hidden, pooled) = (FloatBuffer(count: batch.tokens.count * c), FloatBuffer(count: batch.rows * c))
  withPool(threads: threads) { pool in
    ShardRunner(model.configuration, pool: pool).forward(model, batch) { shard, a, _ in
      (hidden.pointer + shard.tokens.lowerBound * c).update(from: a.hidden.pointer, count: shard.tokens.count * c)
      (pooled.pointer + shard.rows.lowerBound * c).update(from: a.pooled.pointer, count: shard.rows.count * c)
    }
  }
  return (hidden.array, pooled.array)
}
