import SwerveTensor

/// A block with its norms behind (Vaswani et al. 2017): x = norm(x + attention(x)), x = norm(x + mlp(x)). Only encoders
/// have it here, so it has no step of decoding.
struct PostNormBlock: Block {
  /// x = norm(x + f(x)).
  struct Residual: Sendable {
    /// (N, C): the stream before it.
    let input: SavedBuffer
    let sublayer: any Sublayer
    /// (N, C): x + f(x).
    let sum: SavedBuffer
    let norm: any Norm
  }

  private let width: Int
  private let attention: Residual
  private let mlp: Residual
  private let dSum: ScratchBuffer  // (N, C)
  private let dInput: ScratchBuffer  // (N, C)

  init(width: Int, attention: Residual, mlp: Residual, _ plan: inout ModelPlan) {
    self.width = width
    self.attention = attention
    self.mlp = mlp
    dSum = plan.scratch("dSum", columns: width)
    dInput = plan.scratch("dNormed", columns: width)
  }

  var input: SavedBuffer { attention.input }

  func forward(_ out: UnsafeMutablePointer<Float>, _ pass: Pass) {
    forward(attention, pass[mlp.input], pass)
    forward(mlp, out, pass)
  }

  private func forward(_ residual: Residual, _ out: UnsafeMutablePointer<Float>, _ pass: Pass) {
    let x = pass[residual.input]
    residual.sublayer.forward(pass[residual.sum], adding: x, x, pass)
    residual.norm.forward(out, pass[residual.sum], pass)
  }

  func decode(_ x: UnsafeMutablePointer<Float>, _ step: DecodeStep) {
    preconditionFailure("an encoder has no step of decoding")
  }

  func backward(_ dX: UnsafeMutablePointer<Float>, _ pass: Pass, into gradient: GradientBlock) {
    backward(mlp, dX, pass, into: gradient)
    backward(attention, dX, pass, into: gradient)
  }

  /// The gradient of x is that of the sum, plus what the sublayer adds.
  private func backward(
    _ residual: Residual, _ dX: UnsafeMutablePointer<Float>, _ pass: Pass, into gradient: GradientBlock
  ) {
    let (dSum, count) = (pass[dSum], pass.rows * width)
    dSum.update(repeating: 0, count: count)
    residual.norm.backward(dX: dSum, dX, pass[residual.sum], pass, into: gradient)
    residual.sublayer.backward(dY: pass[dInput], dSum, pass[residual.input], pass, into: gradient)
    dX.update(from: dSum, count: count)
    addInto(dX, pass[dInput], count: count)
  }
}
