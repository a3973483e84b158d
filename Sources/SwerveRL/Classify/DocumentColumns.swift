import SwerveTensor
import SwerveText

/// What a loss of classification sees of a batch of documents: tensors by name, made on demand. An entry of a tensor's
/// vocabulary axis is a label, and a token is a document.
package final class DocumentColumns {
  package let tree: LabelTree
  package let layout: TokenLayout
  private let documents: [Document]
  private let priors: LabelPriors
  private let logits: () -> [Float]
  /// All but the logits: what columns of the same documents share.
  private let constants: Made
  private var variable: Tensor?

  /// Tensors that were made.
  private final class Made { var tensors: [DocumentColumn: Tensor] = [:] }

  /// - Parameter logits: (documents, labels); asked for when a loss reads them.
  package convenience init(
    _ documents: [Document], tree: LabelTree, priors: LabelPriors, logits: @escaping () -> [Float]
  ) {
    self.init(documents, tree, priors, Made(), logits)
  }

  private init(
    _ documents: [Document], _ tree: LabelTree, _ priors: LabelPriors, _ constants: Made,
    _ logits: @escaping () -> [Float]
  ) {
    (self.documents, self.tree, self.priors, self.constants, self.logits) = (documents, tree, priors, constants, logits)
    layout = TokenLayout(rowLengths: [Int](repeating: 1, count: documents.count))
  }

  /// Every call returns the same tensor.
  package func column(_ column: DocumentColumn) throws -> Tensor {
    let shape = TensorShape.tokensBy(layout, tree.count)
    if column == .logits {
      let tensor = try variable ?? Tensor.variable(logits(), shape: shape)
      variable = tensor
      return tensor
    }
    if let tensor = constants.tensors[column] { return tensor }
    let tensor = try Tensor.constant(column.values(documents, tree, priors: priors), shape: shape)
    constants.tensors[column] = tensor
    return tensor
  }

  /// The same documents with other logits. What was made for one of them is not made again.
  func with(logits: @escaping () -> [Float]) -> DocumentColumns {
    DocumentColumns(documents, tree, priors, constants, logits)
  }

  /// The gradient of the logits; nil if no loss has read them.
  var gradient: [Float]? { variable?.gradient }
}

/// What a document has of each label.
package enum DocumentColumn: String, CaseIterable, Sendable {
  case logits, target
  case logPrior = "log_prior"
  case distance, asked, ends

  package var doc: String {
    switch self {
    case .logits: "the model's score of each label; differentiable"
    case .target: "1 for the document's labels and all above them, 0 for the others"
    case .logPrior:
      "log of the label's share among its siblings in the training documents, n / (sum of n over the siblings); a label without "
        + "documents counts as one. The same for each document"
    case .distance:
      "edges of the tree to the nearest of the document's labels, divided by the largest distance of two labels; 0 at the "
        + "document's own labels"
    case .ends: "1 for the document's labels without one of its labels below them: where its paths end"
    case .asked:
      "1 for the children of the root and of the document's labels, which a top-down classifier decides about"
    }
  }

  /// The values of a constant column for some documents, (documents, labels).
  func values(_ documents: [Document], _ tree: LabelTree, priors: LabelPriors) -> [Float] {
    let labels = tree.count
    var values = [Float](repeating: 0, count: documents.count * labels)
    switch self {
    case .logits: preconditionFailure("logits are the model's")
    case .target:
      for (row, document) in documents.enumerated() {
        for label in document.labels { values[row * labels + label] = 1 }
      }
    case .logPrior:
      for row in documents.indices { for label in 0..<labels { values[row * labels + label] = priors.logs[label] } }
    case .distance:
      let largest = tree.largestDistance
      if largest == 0 { return values }
      for (row, document) in documents.enumerated() {
        for (label, edges) in tree.distances(to: document.labels).enumerated() {
          values[row * labels + label] = Float(Double(edges) / Double(largest))
        }
      }
    case .ends:
      for (row, document) in documents.enumerated() {
        let inner = Set(document.labels.compactMap { tree.parent[$0] })
        for label in document.labels where !inner.contains(label) { values[row * labels + label] = 1 }
      }
    case .asked:
      for (row, document) in documents.enumerated() {
        for label in tree.roots + document.labels.flatMap({ tree.children[$0] }) { values[row * labels + label] = 1 }
      }
    }
    return values
  }
}

extension LabelTree {
  /// The edges from each label to the nearest of some labels, which are closed upwards and at least one. O(labels).
  func distances(to labels: [Int]) -> [Int] {
    // The nearest label of a closed set is met on the way up, or, from a child of the root, across the root.
    var distances = [Int](repeating: 0, count: count)
    var isOwn = [Bool](repeating: false, count: count)
    for label in labels { isOwn[label] = true }
    for label in topDown where !isOwn[label] {
      distances[label] = parent[label].map { distances[$0] + 1 } ?? 2
    }
    return distances
  }
}
