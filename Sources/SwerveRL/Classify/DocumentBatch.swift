import SwerveTensor

/// Some documents with the scores that a model gave their labels.
package struct DocumentBatch {
  package let columns: DocumentColumns

  /// - Parameter logits: (documents, labels); asked for when a loss reads them.
  package init(
    _ documents: [Document], tree: LabelTree, shape: TreeShape, priors: LabelPriors, logits: @escaping () -> [Float]
  ) {
    let layout = TokenLayout(rowLengths: [Int](repeating: 1, count: documents.count))
    columns = DocumentColumns(tree: tree, shape: shape, documents: documents.count) { column in
      let shape = TensorShape.tokensBy(layout, tree.count)
      if column == .logits { return try Tensor.variable(logits(), shape: shape) }
      return try Tensor.constant(column.values(documents, tree, priors: priors), shape: shape)
    }
  }
}
