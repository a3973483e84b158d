import SwerveTensor

/// A model as a description of layers, made by its family. The transformer walks over it and knows no layer by name.
struct ModelLayers: Sendable {
  let embedding: any Embedding
  let blocks: [any Block]
  /// (N, C): the residual stream after the last block.
  let last: SavedBuffer
  /// Nil where blocks end with norms; `last` is then `hidden`.
  let norm: (any Norm)?
  /// (N, C): after the norm.
  let hidden: SavedBuffer
  /// Nil for an encoder, which has no logits of next tokens.
  let unembedding: Unembedding?
  /// Nil where texts have no vector of their own.
  let pooler: Pooler?
  /// Nil where the model has none.
  let valueHead: ValueHead?
  let classifier: ClassifierHead?
  /// (N, C): the gradient of the residual stream, and of the hidden states.
  let dStream: ScratchBuffer
  let dHidden: ScratchBuffer
  /// Everything that the layers asked for.
  let plan: ModelPlan

  /// - Parameters:
  ///   - plan: what the layers asked for; the heads are added.
  ///   - valueHeadWidth: 0: the model has no value head.
  ///   - classifier: nil: it has none.
  init(
    _ plan: ModelPlan, embedding: any Embedding, blocks: [any Block], last: SavedBuffer, norm: (any Norm)?,
    hidden: SavedBuffer, unembedding: Unembedding?, pooler: Pooler? = nil, valueHeadWidth: Int,
    classifier: Classifier?
  ) {
    var plan = plan
    let width = embedding.width
    (self.embedding, self.blocks, self.last, self.norm) = (embedding, blocks, last, norm)
    (self.hidden, self.unembedding, self.pooler) = (hidden, unembedding, pooler)
    valueHead = valueHeadWidth > 0 ? ValueHead(from: width, width: valueHeadWidth, &plan) : nil
    self.classifier = classifier.map { ClassifierHead($0, width: width, &plan) }
    dStream = plan.scratch("dStream", columns: width)
    dHidden = plan.scratch("dHidden", columns: width)
    self.plan = plan
  }
}
