import SwerveTensor

/// logits = hidden Eᵀ, with E (V, C) the token embedding or a weight of its own.
struct Unembedding: Sendable {
  let logits: SavedBuffer  // (outputs, V)
  let dLogits: ScratchBuffer  // (outputs, V): the caller's
  let vocabulary: Int
  private let width: Int
  /// (outputs, C): the hidden states of the outputs side by side, where only some tokens are outputs; and their gradient.
  private let gathered: ScratchBuffer
  private let dGathered: ScratchBuffer
  private let product: Product

  init(tiedTo embedding: TokenEmbedding, _ plan: inout ModelPlan) {
    self.init(weight: embedding.tokens, vocabulary: embedding.vocabulary, width: embedding.width, &plan)
  }

  init(_ name: String, vocabulary: Int, width: Int, _ plan: inout ModelPlan) {
    let weight = plan.parameter(name + ".weight", [vocabulary, width], .tokenTable)
    self.init(weight: weight, vocabulary: vocabulary, width: width, &plan)
  }

  private init(weight: Parameter, vocabulary: Int, width: Int, _ plan: inout ModelPlan) {
    self.width = width
    self.vocabulary = vocabulary
    product = plan.product(weight: weight, rows: vocabulary, columns: width, isTransposed: true)
    logits = plan.save("logits", columns: vocabulary)
    dLogits = plan.scratch("dLogits", columns: vocabulary)
    gathered = plan.scratch("gathered", columns: width, forDecoding: true)
    dGathered = plan.scratch("dGathered", columns: width)
  }

  func forward(_ hidden: UnsafePointer<Float>, _ pass: Pass) {
    let (hidden, rows) = outputs(hidden, pass)
    if rows == 0 { return }
    multiply(pass[logits], hidden, rows: rows, pass.weights, pass.workspace.matMul, mode: pass.weights.mode)
  }

  /// The hidden states of the outputs, and how many there are.
  private func outputs(_ hidden: UnsafePointer<Float>, _ pass: Pass) -> (UnsafePointer<Float>, Int) {
    guard let outputs = pass.outputs else { return (hidden, pass.rows) }
    return (gather(pass[gathered], hidden, outputs.lazy.map { $0 - pass.shard.tokens.lowerBound }), outputs.count)
  }

  private func gather(
    _ target: UnsafeMutablePointer<Float>, _ hidden: UnsafePointer<Float>, _ rows: some Sequence<Int>
  ) -> UnsafePointer<Float> {
    for (index, row) in rows.enumerated() {
      (target + index * width).update(from: hidden + row * width, count: width)
    }
    return target.reading
  }

  func decode(_ hidden: UnsafePointer<Float>, _ step: DecodeStep) {
    if step.outputs.isEmpty { return }
    let hidden = step.outputs.count == step.rows ? hidden : gather(step[gathered], hidden, step.outputs)
    step.workspace.eachPart(of: vocabulary) { columns, thread in
      multiply(
        step[logits], hidden, rows: step.outputs.count, columns: columns, step.weights,
        step.workspace.matMul[thread], mode: .exact)
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

  /// Writes the gradient of the hidden states to `dHidden`; it is 0 at tokens that are no outputs. A tied embedding adds
  /// its own part of the weight's gradient afterwards.
  func backward(
    dHidden: UnsafeMutablePointer<Float>, _ hidden: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock
  ) {
    let dLogits = pass[dLogits].reading
    let (hidden, rows) = outputs(hidden, pass)
    let dOutputs = pass.outputs == nil ? dHidden : pass[dGathered]
    matMul(
      dOutputs, cStride: width, .rows(dLogits, stride: vocabulary), pass.weights.backwardOperand(product), m: rows,
      n: width, k: vocabulary, start: .zero, mode: pass.weights.mode, scratch: pass.workspace.matMul)
    if let dWeight = gradient[product.weight] {
      matMul(
        dWeight, cStride: width, .transposed(dLogits, stride: vocabulary), .rows(hidden, stride: width), m: vocabulary,
        n: width, k: rows, start: gradient.productStart, mode: pass.weights.mode, scratch: pass.workspace.matMul)
    }
    guard let outputs = pass.outputs else { return }
    dHidden.update(repeating: 0, count: pass.rows * width)
    for (index, token) in outputs.enumerated() {
      (dHidden + (token - pass.shard.tokens.lowerBound) * width).update(from: dOutputs + index * width, count: width)
    }
  }
}
