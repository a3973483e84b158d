import SwerveTensor

/// f(y) = down(gelu(up(y))).
struct MLP: Sublayer {
  private let inner: Int
  private let up: Linear
  private let down: Linear
  private let raised: SavedBuffer  // (N, inner) before GELU
  private let activated: ScratchBuffer  // (N, inner) after GELU
  private let dInner: ScratchBuffer  // (N, inner)

  /// - Parameters:
  ///   - up, down: names of the two linear layers.
  ///   - residual: the role of the weight that is added to the residual stream.
  init(
    up: String, down: String, width: Int, inner: Int, residual: ParameterRole, _ plan: inout ModelPlan
  ) {
    self.inner = inner
    self.up = Linear(up, from: width, to: inner, &plan)
    raised = plan.save("up", columns: inner)
    activated = plan.scratch("activated", columns: inner)
    dInner = plan.scratch("dInner", columns: inner)
    self.down = Linear(down, from: inner, to: width, weight: residual, &plan)
  }

  func forward(
    _ out: UnsafeMutablePointer<Float>, adding x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass
  ) {
    up.forward(pass[raised], y, pass)
    geluForward(pass[activated], pass[raised], count: pass.rows * inner)
    down.forward(out, adding: x, pass[activated], pass)
  }

  func decode(addingTo x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ step: DecodeStep) {
    up.decode(step[raised], y, step) { values, count in geluForward(values, values, count: count) }
    down.decode(x, adding: x, step[raised], step)
  }

  func backward(
    dY: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {
    let dInner = pass[dInner]
    down.inputBackward(dInner, dOut, pass)
    geluBackward(dX: dInner, out: pass[activated], dInner, pass[raised], count: pass.rows * inner)
    down.weightBackward(dOut, pass[activated], pass, into: gradient)
    up.backward(dX: dY, dInner, y, pass, into: gradient)
  }
}
