import SwerveModel
import SwerveTensor
import SwerveText

/// A trained classifier, for texts that were not trained on.
package struct TextClassifier {
  package let tree: LabelTree
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

  /// - Throws: TokenizerError for a text that the model has no tokens for, or none at all.
  package func tokens(_ text: String) throws -> (tokens: [Int32], isCut: Bool) {
    let (tokens, isCut) = try model.tokenizer.encodeWhole(text, limit: classifier.length)
    if tokens.isEmpty { throw ModelError("the text has no tokens") }
    return (tokens, isCut)
  }

  /// A text's answer does not depend on the others.
  package func answers(_ texts: [(tokens: [Int32], isCut: Bool)]) -> [Answer] {
    let rows = probabilities.rows(DocumentScoring(runner).logits(model.model, texts.map(\.tokens)))
    return zip(rows, texts).map { Answer(probabilities: $0, isCut: $1.isCut) }
  }
}
