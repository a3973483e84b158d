import SwerveTensor

/// f(y) = down(activation(up(y))).
struct MLP: Sublayer {
  private let inner: Int
  private let up: Linear
  private let down: Linear
  private let activation: Activation
  private let raised: SavedBuffer  // (N, inner) before the activation
  private let activated: ScratchBuffer  // (N, inner) after it
  private let dInner: ScratchBuffer  // (N, inner)

  /// - Parameters:
  ///   - up, down: names of the two linear layers.
  ///   - residual: the role of the weight that is added to the residual stream.
  ///   - isTransposed: the weights are stored as (output, input).
  init(
    up: String, down: String, width: Int, inner: Int, activation: Activation = .tanhGELU, residual: ParameterRole,
    isTransposed: Bool = false, _ plan: inout ModelPlan
  ) {
    self.inner = inner
    self.activation = activation
    self.up = Linear(up, from: width, to: inner, isTransposed: isTransposed, &plan)
    raised = plan.save("up", columns: inner)
    activated = plan.scratch("activated", columns: inner)
    dInner = plan.scratch("dInner", columns: inner)
    self.down = Linear(down, from: inner, to: width, weight: residual, isTransposed: isTransposed, &plan)
  }

  func forward(
    _ out: UnsafeMutablePointer<Float>, adding x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass
  ) {
    up.forward(pass[raised], y, pass)
    activation.forward(pass[activated], pass[raised], pass.rows * inner)
    down.forward(out, adding: x, pass[activated], pass)
  }

  func decode(addingTo x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ step: DecodeStep) {
    up.decode(step[raised], y, step) { values, count in activation.forward(values, values, count) }
    down.decode(x, adding: x, step[raised], step)
  }

  func backward(
    dY: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {
    let dInner = pass[dInner]
    down.inputBackward(dInner, dOut, pass)
    activation.backward(dInner, pass[activated], dInner, pass[raised], pass.rows * inner)
    down.weightBackward(dOut, pass[activated], pass, into: gradient)
    up.backward(dX: dY, dInner, y, pass, into: gradient)
  }
}
