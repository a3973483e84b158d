import SwerveModel
import SwerveTensor
import SwerveText

/// A trained classifier, for texts that were not trained on.
package struct TextClassifier {
  package let tree: LabelTree
  /// The rule for somebody who names none: the best expected hF where exactly one path is right, else the threshold.
  package var defaultRule: String { probabilities.kind.isNormalized ? "hf_beta" : "threshold" }
  private let model: LoadedModel
  private let classifier: Classifier
  private let probabilities: LabelProbabilities
  private let runner: ShardRunner

  /// What a classifier says of a text.
  package struct Answer {
    /// By label.
    package let probabilities: [Double]
    /// The text was longer than the classifier reads, and was cut at its end.
    package let isCut: Bool
  }

  /// - Throws: ModelError for a model without a classifier, or whose labels can't be read.
  package init(_ model: LoadedModel, pool: WorkerPool) throws {
    guard let classifier = model.model.configuration.classifier else {
      throw ModelError("the model is no classifier: train one with swerve.classify")
    }
    do {
      tree = try LabelTree(bytes: classifier.taxonomy.utf8, file: "the checkpoint's classifier_taxonomy")
    } catch {
      throw ModelError(error.message)
    }
    guard let kind = LabelProbabilities.Kind(rawValue: classifier.probabilities), tree.count == classifier.labels else {
      throw ModelError(
        "the checkpoint's metadata describe no classifier: \(classifier.labels) labels with a tree of \(tree.count), "
          + "probabilities by \(classifier.probabilities)")
    }
    (self.model, self.classifier) = (model, classifier)
    probabilities = LabelProbabilities(kind, tree)
    runner = ShardRunner(model.model.configuration, pool: pool)
  }

  /// - Throws: TokenizerError for a text that the model has no tokens for, ModelError for a blank one.
  package func tokens(_ text: String) throws -> (tokens: [Int32], isCut: Bool) {
    if text.utf8.isBlankASCII { throw ModelError("the text is empty") }
    let (tokens, isCut) = try model.tokenizer.encodeWhole(text, limit: classifier.length)
    if tokens.isEmpty { throw ModelError("the text has no tokens") }
    return (tokens, isCut)
  }

  /// A text's answer does not depend on the others.
  /// - Throws: ModelError for scores that are not finite.
  package func answers(_ texts: [(tokens: [Int32], isCut: Bool)]) throws -> [Answer] {
    let logits = DocumentScoring(runner).logits(model.model, texts.map(\.tokens))
    guard logits.allSatisfy(\.isFinite) else {
      throw ModelError("the model's scores are not finite: its weights overflowed")
    }
    let rows = probabilities.rows(logits)
    return zip(rows, texts).map { Answer(probabilities: $0, isCut: $1.isCut) }
  }
}
