import Foundation
import SwerveModel
import SwerveRL
import SwerveRuns
import SwerveTensor
import SwerveTestSupport
import Testing

/// One batch of WordNet's glosses through MiniLM and a head, against PyTorch in float64 (Tests/Fixtures/htc): tokens, vectors of
/// texts, scores, conditional softmax and gradients.
@Suite struct EncoderPackageFixtureTests {
  private struct Facts: Decodable {
    let texts: [String]
    /// By label; -1 below the root.
    let parent: [Int]
    let maxTokens: Int

    private enum CodingKeys: String, CodingKey {
      case texts, parent
      case maxTokens = "max_tokens"
    }
  }

  /// Mean over documents of the sum, over the labels of each, of -log softmax among siblings; and its gradient.
  private func conditionalSoftmax(_ logits: [Float], _ labels: [Bool], parent: [Int]) -> (Double, [Float]) {
    let count = parent.count
    let documents = logits.count / count
    var (loss, gradient) = (0.0, [Float](repeating: 0, count: logits.count))
    for row in 0..<documents {
      for label in 0..<count where labels[row * count + label] {
        let siblings = (0..<count).filter { parent[$0] == parent[label] }
        let softmax = doubleSoftmax(siblings.map { Double(logits[row * count + $0]) })
        for (sibling, p) in zip(siblings, softmax) {
          if sibling == label { loss -= log(p) / Double(documents) }
          gradient[row * count + sibling] += Float((p - (sibling == label ? 1 : 0)) / Double(documents))
        }
      }
    }
    return (loss, gradient)
  }

  @Test(.enabled(if: ModelPackages.miniLM != nil, "MiniLM IS NOT HERE: make model"))
  func matchesABatchOfMiniLM() throws {
    let facts = try Fixtures.json("htc/encoder.json", as: Facts.self)
    let expected = try Fixtures.tensors("htc/encoder.safetensors")
    let pool = WorkerPool(threads: 2)
    defer { pool.close() }
    let path = try #require(ModelPackages.miniLM).path
    let source = try ModelLoading.model(ModelFiles(path), mode: .exact, pool: pool)
    let labels = facts.parent.count
    var configuration = source.model.configuration
    configuration.classifier = Classifier(
      labels: labels, pooling: .mean, taxonomy: "", probabilities: "conditional_softmax", length: facts.maxTokens)
    let model = Transformer(configuration)
    _ = model.load(from: source.model)
    for name in ["weight", "bias"] {
      let entry = try #require(model.layout.entry("classifier." + name))
      let values = try expected.floats("head." + name, shape: entry.shape)
      model.update { for (index, value) in values.enumerated() { $0[entry.offset + index] = value } }
    }

    let ids = try expected.integers("ids")
    let longest = ids.count / facts.texts.count
    let texts = try facts.texts.enumerated().map { row, text in
      let tokens = try source.tokenizer.encodeWhole(text, limit: facts.maxTokens).tokens
      let padded = tokens.map(Int64.init) + [Int64](repeating: 0, count: longest - tokens.count)
      #expect(padded == Array(ids[row * longest..<(row + 1) * longest]), "\(text)")
      return tokens
    }

    let (vectors, logits) = (try expected.floats("pooled"), try expected.floats("logits"))
    let isLabel = try expected.octets("labels").map { $0 != 0 }
    let width = configuration.width
    let batch = TokenBatch(texts, outputs: [])
    let lanes = GradientLanes(count: model.layout.count)
    let runner = ShardRunner(configuration, pool: pool)
    let found = FloatBuffer(count: texts.count * labels)
    let pooled = FloatBuffer(count: texts.count * width)
    runner.forward(model, batch) { shard, a, _ in
      let first = shard.rows.lowerBound
      (found.pointer + first * labels).update(from: a.scores.pointer, count: shard.rows.count * labels)
      (pooled.pointer + first * width).update(from: a.vectors.pointer, count: shard.rows.count * width)
    }
    #expect(zip(pooled.array, vectors).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(found.array, logits).allSatisfy { abs($0 - $1) < 1e-5 })
    let (loss, gradient) = conditionalSoftmax(found.array, isLabel, parent: facts.parent)
    #expect(abs(loss - (try expected.doubles("loss")[0])) < 1e-5)
    runner.gradient(model, batch, into: lanes) { shard, _, w in
      for index in 0..<shard.rows.count * labels {
        w.dScores.pointer[index] = gradient[shard.rows.lowerBound * labels + index]
      }
    }
    var compared = 0
    for entry in model.layout.entries where !entry.role.isPooler {
      let values = tensor(entry.name, of: lanes.total, model)
      let name = entry.role.isClassifier ? entry.name.replacing("classifier.", with: "head.") : entry.name
      if !entry.role.isClassifier {
        // A key's bias moves all scores of a query alike, so its gradient is 0.
        let norm = try expected.doubles("norm/" + name)[0]
        let own = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(norm < 1e-12 ? own < 1e-6 : abs(own - norm) < 1e-3 * norm, "\(name): \(own), expected \(norm)")
        compared += 1
      }
      if let gradient = try? expected.floats("grad/" + name) {
        #expect(relativeError(Array(values.prefix(gradient.count)), gradient) < 1e-4, "\(name)")
        #expect(values.dropFirst(gradient.count).allSatisfy { $0 == 0 }, "\(name)")
        compared += 1
      }
    }
    #expect(compared > 100)
  }
}
