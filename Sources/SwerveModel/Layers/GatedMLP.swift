import SwerveTensor

/// f(y) = down(silu(gate(y)) up(y)): SwiGLU (Shazeer 2020), without biases.
struct GatedMLP: Sublayer {
  private let inner: Int
  private let gate: Linear
  private let up: Linear
  private let down: Linear
  private let gated: SavedBuffer  // (N, inner): gate(y)
  private let raised: SavedBuffer  // (N, inner): up(y)
  private let activated: ScratchBuffer  // (N, inner): silu(gate(y)) up(y)
  private let dInner: ScratchBuffer  // (N, inner)
  private let dGate: ScratchBuffer  // (N, inner)

  /// - Parameters:
  ///   - gate, up, down: names of the three linear layers, whose weights are (output, input).
  ///   - residual: the role of the weight that is added to the residual stream.
  init(
    gate: String, up: String, down: String, width: Int, inner: Int, residual: ParameterRole, _ plan: inout ModelPlan
  ) {
    self.inner = inner
    self.gate = Linear(gate, from: width, to: inner, bias: nil, isTransposed: true, &plan)
    self.up = Linear(up, from: width, to: inner, bias: nil, isTransposed: true, &plan)
    gated = plan.save("gate", columns: inner)
    raised = plan.save("up", columns: inner)
    activated = plan.scratch("activated", columns: inner)
    dInner = plan.scratch("dInner", columns: inner)
    dGate = plan.scratch("dGate", columns: inner)
    self.down = Linear(down, from: inner, to: width, weight: residual, bias: nil, isTransposed: true, &plan)
  }

  func forward(
    _ out: UnsafeMutablePointer<Float>, adding x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass
  ) {
    gate.forward(pass[gated], y, pass)
    up.forward(pass[raised], y, pass)
    swiGLUForward(pass[activated], gate: pass[gated], up: pass[raised], count: pass.rows * inner)
    down.forward(out, adding: x, pass[activated], pass)
  }

  /// Each part of the columns goes through both products and the gate at once, so that threads wait once for all three.
  func decode(addingTo x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ step: DecodeStep) {
    let (gated, raised) = (step[gated], step[raised])
    gate.prepareDecoding(y, step)
    up.prepareDecoding(y, step)
    step.workspace.eachPart(of: inner) { columns, thread in
      gate.decodePart(gated, y, step, columns: columns, thread: thread)
      up.decodePart(raised, y, step, columns: columns, thread: thread)
      guard let columns else {
        return swiGLUForward(raised, gate: gated, up: raised, count: step.rows * inner)
      }
      for row in 0..<step.rows {
        let first = row * inner + columns.lowerBound
        swiGLUForward(raised + first, gate: gated + first, up: raised + first, count: columns.count)
      }
    }
    down.decode(x, adding: x, raised, step)
  }

  /// dY = (0 + dGate Wgate) + dUp Wup: the second product continues the chains of the first.
  func backward(
    dY: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {
    let (dInner, dGate) = (pass[dInner], pass[dGate])
    down.inputBackward(dInner, dOut, pass)
    swiGLUBackward(
      dGate: dGate, dUp: dInner, out: pass[activated], dInner, gate: pass[gated], up: pass[raised],
      count: pass.rows * inner)
    down.weightBackward(dOut, pass[activated], pass, into: gradient)
    gate.backward(dX: dY, dGate, y, pass, into: gradient)
    up.backward(dX: dY, start: .accumulate, dInner, y, pass, into: gradient)
  }
}
