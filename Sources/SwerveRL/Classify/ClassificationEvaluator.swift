import SwerveModel
import SwerveTensor

/// Measures a classifier on the document sets of a stage: every document counts, with every inference rule.
struct ClassificationEvaluator {
  private let plan: ClassifyPlan
  private let runner: ShardRunner
  let sets: [(set: DocumentSet, encoded: EncodedDocuments)]
  private let probabilities: LabelProbabilities

  init(_ plan: ClassifyPlan, runner: ShardRunner) throws {
    self.plan = plan
    self.runner = runner
    sets = try plan.evaluated.map { set in
      (set, try EncodedDocuments(set, tokenizer: plan.tokenizer, limit: plan.length))
    }
    probabilities = LabelProbabilities(plan.probabilities, plan.tree)
  }

  /// METRIC/SET/RULE for each set, rule and metric, as `HierarchyMetric` names and orders them; METRIC/SET for what does not
  /// depend on a rule. The observer gets the rest.
  func evaluate(_ model: Transformer, step: Int, _ observer: any TrainingObserver) throws -> [Metric] {
    try sets.flatMap { set, encoded in
      let scores = try Self.scores(
        set, logits: DocumentScoring(runner).logits(model, encoded.texts), probabilities, plan.rules)
      try observer.didClassify(ClassificationDetails(scores, set: set.name), stage: plan.name, step: step)
      return Self.metrics(scores, set: set.name)
    }
  }

  /// - Parameter logits: (documents, labels).
  /// - Throws: what a rule throws, with the document; TrainingError for scores that are not finite.
  package static func scores(
    _ set: DocumentSet, logits: [Float], _ probabilities: LabelProbabilities,
    _ rules: [(name: String, rule: any InferenceRule)]
  ) throws -> HierarchyScores {
    let labels = probabilities.tree.count
    var scores = HierarchyScores(probabilities.tree, decoders: rules.map(\.name))
    for (index, document) in set.documents.enumerated() {
      let own = logits[index * labels..<(index + 1) * labels]
      guard own.allSatisfy(\.isFinite) else {
        throw TrainingError(
          message:
            "set '\(set.name)', row \(index + 1): the model's scores are not finite; a lower learning rate may help")
      }
      let row = probabilities.row(own)
      let decisions = try locating("set '\(set.name)'", row: index) { try rules.map { try $0.rule.labels(row) } }
      scores.add(truth: document.labels, probabilities: row, decisions: decisions)
    }
    return scores
  }

  static func metrics(_ scores: HierarchyScores, set: String) -> [Metric] {
    var metrics: [Metric] = []
    for (index, rule) in scores.decoders.enumerated() {
      for (metric, depth, value) in scores.measured(decoder: index) {
        if metric.isOfProbabilities && index > 0 { continue }
        let place = metric.isOfProbabilities ? set : "\(set)/\(rule)"
        let name = "\(metric.rawValue)/\(place)" + (depth.map { "/\($0)" } ?? "")
        metrics.append(Metric(name, value.map { Float($0) }))
      }
    }
    return metrics
  }
}

/// The scores of texts, text by text: what other texts are computed with changes nothing.
struct DocumentScoring {
  private let runner: ShardRunner
  /// Texts of one pass.
  private static let together = 256

  init(_ runner: ShardRunner) { self.runner = runner }

  /// - Returns: (texts, labels), in the order of the texts.
  func logits(_ model: Transformer, _ texts: [[Int32]]) -> [Float] {
    guard let labels = model.configuration.classifier?.labels else { preconditionFailure("a model with a classifier") }
    return rows(model, texts, width: labels) { $0.scores }
  }

  /// What the head reads of each text.
  /// - Returns: (texts, C), in the order of the texts.
  func vectors(_ model: Transformer, _ texts: [[Int32]]) -> [Float] {
    rows(model, texts, width: model.configuration.width) { $0.vectors }
  }

  private func rows(
    _ model: Transformer, _ texts: [[Int32]], width: Int, _ read: (Activations) -> FloatBuffer
  ) -> [Float] {
    var rows = [Float](repeating: 0, count: texts.count * width)
    for first in stride(from: 0, to: texts.count, by: Self.together) {
      let batch = TokenBatch(Array(texts[first..<min(first + Self.together, texts.count)]), outputs: [])
      rows.withUnsafeMutableBufferPointer { buffer in
        let target = Rows(buffer.baseAddress! + first * width)
        runner.forward(model, batch) { shard, a, _ in
          (target.pointer + shard.rows.lowerBound * width)
            .update(from: read(a).pointer, count: shard.rows.count * width)
        }
      }
    }
    runner.pool.communicator.union(&rows)
    return rows
  }

  /// Threads write rows of their own.
  private struct Rows: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    init(_ pointer: UnsafeMutablePointer<Float>) { self.pointer = pointer }
  }
}
