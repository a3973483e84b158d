import SwerveTensor

/// logits = hidden Eᵀ, with E (V, C) the token embedding or a weight of its own.
struct Unembedding: Sendable {
  let logits: SavedBuffer  // (N, V)
  let dLogits: ScratchBuffer  // (N, V): the caller's
  private let width: Int
  private let vocabulary: Int
  private let product: Product

  init(tiedTo embedding: TokenEmbedding, _ plan: inout ModelPlan) {
    self.init(weight: embedding.tokens, vocabulary: embedding.vocabulary, width: embedding.width, &plan)
  }

  init(_ name: String, vocabulary: Int, width: Int, _ plan: inout ModelPlan) {
    let weight = plan.parameter(name + ".weight", [vocabulary, width], .embedding)
    self.init(weight: weight, vocabulary: vocabulary, width: width, &plan)
  }

  private init(weight: Int, vocabulary: Int, width: Int, _ plan: inout ModelPlan) {
    self.width = width
    self.vocabulary = vocabulary
    product = plan.product(weight: weight, rows: vocabulary, columns: width, isTransposed: true)
    logits = plan.save("logits", columns: vocabulary)
    dLogits = plan.scratch("dLogits", columns: vocabulary)
  }

  func forward(_ hidden: UnsafePointer<Float>, _ pass: Pass) {
    multiply(pass[logits], hidden, rows: pass.rows, pass.weights, pass.workspace.matMul, mode: pass.weights.mode)
  }

  func decode(_ hidden: UnsafePointer<Float>, _ step: DecodeStep) {
    step.workspace.eachPart(of: vocabulary) { columns, thread in
      multiply(
        step[logits], hidden, rows: step.rows, columns: columns, step.weights, step.workspace.matMul[thread],
        mode: .exact)
    }
  }

  /// - Parameter columns: those tokens that are computed, all if not given; they begin at a multiple of 32.
  private func multiply(
    _ logits: UnsafeMutablePointer<Float>, _ hidden: UnsafePointer<Float>, rows: Int, columns: Range<Int>? = nil,
    _ weights: ModelWeights, _ scratch: MatMulScratch, mode: MathMode
  ) {
    matMul(
      logits, cStride: vocabulary, .rows(hidden, stride: width), weights.forwardOperand(product), m: rows,
      n: vocabulary,
      k: width, columns: columns, start: .zero, mode: mode, scratch: scratch)
  }

  /// Writes the gradient of the hidden states to `dHidden`. A tied embedding adds its own part of the weight's gradient
  /// afterwards.
  func backward(
    dHidden: UnsafeMutablePointer<Float>, _ hidden: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock
  ) {
    let dLogits = pass[dLogits].reading
    matMul(
      dHidden, cStride: width, .rows(dLogits, stride: vocabulary), pass.weights.backwardOperand(product), m: pass.rows,
      n: width, k: vocabulary, start: .zero, mode: pass.weights.mode, scratch: pass.workspace.matMul)
    matMul(
      gradient + product.weight, cStride: width, .transposed(dLogits, stride: vocabulary),
      .rows(hidden, stride: width), m: vocabulary, n: width, k: pass.rows, start: gradient.productStart,
      mode: pass.weights.mode, scratch: pass.workspace.matMul)
  }
}
