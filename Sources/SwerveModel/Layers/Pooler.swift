import SwerveTensor

/// pooled = tanh(dense(hidden)) of each text's first token: one vector for a text.
struct Pooler: Sendable {
  /// (texts, C) of (N, C).
  let pooled: SavedBuffer
  /// (texts, C) of (N, C): the caller's.
  let dPooled: ScratchBuffer
  private let width: Int
  private let dense: Linear
  private let first: SavedBuffer  // (texts, C): hidden states of first tokens
  private let dFirst: ScratchBuffer  // (texts, C)

  init(_ name: String, width: Int, _ plan: inout ModelPlan) {
    self.width = width
    first = plan.save("first", columns: width, isOfTexts: true)
    dense = Linear(
      name, from: width, to: width, weight: .pooler, bias: .poolerBias, isTransposed: true, &plan)
    pooled = plan.save("pooled", columns: width, isOfTexts: true)
    dPooled = plan.scratch("dPooled", columns: width)
    dFirst = plan.scratch("dFirst", columns: width)
  }

  func forward(_ hidden: UnsafePointer<Float>, _ pass: Pass) {
    forEachFirst(pass) { text, row in
      (pass[first] + text * width).update(from: hidden + row * width, count: width)
    }
    let pass = pass.ofTexts
    dense.forward(pass[pooled], pass[first], pass)
    tanhForward(pass[pooled], pass[pooled], count: pass.rows * width)
  }

  /// Adds to the gradient of the hidden states, and changes that of `pooled`.
  func backward(dHidden: UnsafeMutablePointer<Float>, _ pass: Pass, into gradient: GradientBlock) {
    let texts = pass.ofTexts
    tanhBackward(texts[dPooled], output: texts[pooled], count: texts.rows * width)
    dense.backward(dX: texts[dFirst], texts[dPooled], texts[first], texts, into: gradient)
    forEachFirst(pass) { text, row in addInto(dHidden + row * width, pass[dFirst] + text * width, count: width) }
  }

  /// - Parameter body: gets a text's number in the shard and the row of its first token.
  private func forEachFirst(_ pass: Pass, _ body: (_ text: Int, _ row: Int) -> Void) {
    for (text, row) in pass.shard.rows.enumerated() {
      body(text, pass.batch.starts[row] - pass.shard.tokens.lowerBound)
    }
  }
}
