import SwerveModel
import SwerveTensor
import SwerveText

/// The objective of a head over all documents, at any weights of it: the mean loss, plus `l2` / 2 times the sum of squares of
/// the weights, without the biases. The texts' vectors are computed once.
///
/// Order of operations: the loss, a mean, is taken in pieces of `together(labels:)` documents and counts by them; the sum over
/// these pieces is a chain in Double. An element of the weights' gradient is one chain over the documents of a piece of `most`,
/// and a chain in Double over such pieces, with the penalty's share last.
final class HeadObjective {
  /// What is descended at a point, and its gradient.
  struct Value {
    /// The mean loss, and with the penalty.
    let loss: Double
    let total: Double
    /// In the layout of `weights`.
    let gradient: [Float]
    /// What the loss logs, as means over documents.
    let parts: [Metric]

    var largest: Float { gradient.reduce(0) { max($0, abs($1)) } }
    var norm: Float { Float(dot(gradient, gradient).squareRoot()) }
  }

  /// Documents of a piece of the gradient, and the most of a piece of the loss.
  static let most = 1024

  /// Documents of a piece of the loss: fewer where there are many labels, since a loss makes a dozen tensors of that size, and a
  /// script's memory has a limit.
  static func together(labels: Int) -> Int {
    var documents = most
    while documents > 1, documents * labels > 1 << 19 { documents /= 2 }
    return documents
  }

  private let plan: ClassifyPlan
  private let l2: Double
  private let vectors: FloatBuffer  // (documents, C)
  private let width: Int
  private let labels: Int
  /// Of the loss, and of the gradient.
  private let losses: [(rows: Range<Int>, columns: DocumentColumns)]
  private let pieces: [Range<Int>]
  private let pool: WorkerPool
  private let mode: MathMode
  private let scratch: [MatMulScratch]
  /// (pieces, labels C + labels): the gradients of the pieces.
  private let gradients: FloatBuffer

  /// - Parameter model: with the head of the plan; its body makes the vectors.
  init(_ plan: ClassifyPlan, l2: Double, model: Transformer, texts: [[Int32]], _ runner: ShardRunner) {
    (self.plan, self.l2) = (plan, l2)
    (width, labels, mode, pool) = (model.configuration.width, plan.tree.count, model.mode, runner.pool)
    vectors = FloatBuffer(DocumentScoring(runner).vectors(model, texts))
    let documents = plan.training.documents
    let priors = plan.priors
    losses = Self.cut(documents.count, by: Self.together(labels: labels)).map { rows in
      (rows, DocumentColumns(Array(documents[rows]), tree: plan.tree, priors: priors) { [] })
    }
    pieces = Self.cut(documents.count, by: Self.most)
    scratch = (0..<pool.threads).map { _ in MatMulScratch() }
    gradients = FloatBuffer(count: pieces.count * (labels * width + labels))
  }

  private static func cut(_ documents: Int, by size: Int) -> [Range<Int>] {
    stride(from: 0, to: documents, by: size).map { $0..<min($0 + size, documents) }
  }

  /// Numbers of the head: weights (labels, C), then biases (labels).
  var count: Int { labels * width + labels }

  /// The loss is told that this is step 1, whatever the step is: a fit has one objective.
  /// - Parameter weights: as `count` says.
  /// - Throws: what the loss throws; TrainingError for a value that is not finite.
  func value(_ weights: [Float], coefficients: [Metric], _ place: String) throws -> Value {
    let scores = self.scores(weights)
    var (loss, parts) = (0.0, [(name: String, value: Double)]())
    var slopes = [Float](repeating: 0, count: scores.count)
    let documents = Double(plan.training.documents.count)
    for (rows, constants) in losses {
      let range = rows.lowerBound * labels..<rows.upperBound * labels
      let columns = constants.with { Array(scores[range]) }
      let value = try plan.loss.loss(columns, coefficients: coefficients, step: 1)
      try value.total.backward()
      let share = Double(rows.count) / documents
      loss += Double(value.total.values[0]) * share
      for part in value.parts {
        let index = parts.firstIndex { $0.name === part.name } ?? parts.count
        if index == parts.count { parts.append((part.name, 0)) }
        parts[index].value += Double(part.value ?? .nan) * share
      }
      for (index, slope) in (columns.gradient ?? []).enumerated() {
        slopes[range.lowerBound + index] = Float(Double(slope) * share)
      }
    }
    let gradient = self.gradient(slopes, weights)
    let total = loss + l2 / 2 * weights[..<(labels * width)].reduce(0.0) { $0 + Double($1) * Double($1) }
    guard total.isFinite, gradient.allSatisfy(\.isFinite) else {
      throw TrainingError(message: "\(place): the objective is \(total), and it or its gradient is not finite")
    }
    return Value(
      loss: loss, total: total, gradient: gradient, parts: parts.map { Metric($0.name, Float($0.value)) })
  }

  /// (documents, labels), as the model's head computes them.
  private func scores(_ weights: [Float]) -> [Float] {
    var scores = [Float](repeating: 0, count: plan.training.documents.count * labels)
    scores.withUnsafeMutableBufferPointer { scores in
      weights.withUnsafeBufferPointer { weights in
        let target = scores.baseAddress!
        let source = weights.baseAddress!
        pool.run(pieces.count) { piece, worker in
          let rows = pieces[piece]
          matMul(
            target + rows.lowerBound * labels, cStride: labels,
            .rows(vectors.pointer.reading + rows.lowerBound * width, stride: width),
            .transposed(source, stride: width), m: rows.count, n: labels, k: width,
            start: .bias(source + labels * width), mode: mode, scratch: scratch[worker])
        }
      }
    }
    return scores
  }

  private func gradient(_ slopes: [Float], _ weights: [Float]) -> [Float] {
    let count = count
    slopes.withUnsafeBufferPointer { slopes in
      let source = slopes.baseAddress!
      pool.run(pieces.count) { piece, worker in
        let rows = pieces[piece]
        let slopes = source + rows.lowerBound * labels
        let target = gradients.pointer + piece * count
        matMul(
          target, cStride: width, .transposed(slopes, stride: labels),
          .rows(vectors.pointer.reading + rows.lowerBound * width, stride: width), m: labels, n: width, k: rows.count,
          start: .zero, mode: mode, scratch: scratch[worker])
        let biases = target + labels * width
        biases.update(repeating: 0, count: labels)
        biasBackward(biases, slopes, rows: rows.count, width: labels)
      }
    }
    return (0..<count).map { index in
      var sum = 0.0
      for piece in pieces.indices { sum += Double(gradients.pointer[piece * count + index]) }
      return Float(index < labels * width ? sum + l2 * Double(weights[index]) : sum)
    }
  }
}
