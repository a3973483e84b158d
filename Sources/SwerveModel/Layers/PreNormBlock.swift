import SwerveTensor

/// A block with its norms in front (Xiong et al. 2020): x += attention(norm(x)), x += mlp(norm(x)).
struct PreNormBlock: Block {
  /// x += f(norm(x)).
  struct Residual: Sendable {
    /// (N, C): the stream before it.
    let input: SavedBuffer
    let norm: any Norm
    let sublayer: any Sublayer
  }

  private let attention: Residual
  private let mlp: Residual
  private let normed: ScratchBuffer  // (N, C)
  private let dNormed: ScratchBuffer  // (N, C)

  init(width: Int, attention: Residual, mlp: Residual, _ plan: inout ModelPlan) {
    self.attention = attention
    self.mlp = mlp
    normed = plan.scratch("normed", columns: width, forDecoding: true)
    dNormed = plan.scratch("dNormed", columns: width)
  }

  var input: SavedBuffer { attention.input }

  func forward(_ out: UnsafeMutablePointer<Float>, _ pass: Pass) {
    forward(attention, pass[mlp.input], pass)
    forward(mlp, out, pass)
  }

  private func forward(_ residual: Residual, _ out: UnsafeMutablePointer<Float>, _ pass: Pass) {
    residual.norm.forward(pass[normed], pass[residual.input], pass)
    residual.sublayer.forward(out, adding: pass[residual.input], pass[normed], pass)
  }

  func decode(_ x: UnsafeMutablePointer<Float>, _ step: DecodeStep) {
    decode(attention, x, step)
    decode(mlp, x, step)
  }

  private func decode(_ residual: Residual, _ x: UnsafeMutablePointer<Float>, _ step: DecodeStep) {
    residual.norm.decode(step[normed], x, step)
    residual.sublayer.decode(addingTo: x, step[normed], step)
  }

  func backward(_ dX: UnsafeMutablePointer<Float>, _ pass: Pass, into gradient: GradientBlock) {
    backward(mlp, dX, pass, into: gradient)
    backward(attention, dX, pass, into: gradient)
  }

  private func backward(
    _ residual: Residual, _ dX: UnsafeMutablePointer<Float>, _ pass: Pass, into gradient: GradientBlock
  ) {
    residual.norm.recompute(pass[normed], pass[residual.input], pass)
    residual.sublayer.backward(dY: pass[dNormed], dX, pass[normed], pass, into: gradient)
    residual.norm.backward(dX: dX, pass[dNormed], pass[residual.input], pass, into: gradient)
  }
}
