import SwerveTensor

/// Root mean square normalization with a weight: see the kernel's file for formulas and the order of operations.
struct RMSNorm: Norm {
  private let width: Int
  private let epsilon: Float
  private let weight: Parameter
  private let statistics: SavedBuffer  // (N): 1 / root mean square

  init(_ name: String, width: Int, epsilon: Float, _ plan: inout ModelPlan) {
    self.width = width
    self.epsilon = epsilon
    weight = plan.parameter(name + ".weight", [width], .normWeight)
    statistics = plan.save(name + ".statistics", columns: 1)
  }

  func forward(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass) {
    rmsNormForward(
      out, pass[statistics], x, weight: pass[weight], rows: pass.rows, width: width, epsilon: epsilon)
  }

  func decode(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ step: DecodeStep) {
    rmsNormForward(
      out, step[statistics], x, weight: step[weight], rows: step.rows, width: width, epsilon: epsilon)
  }

  func recompute(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass) {
    rmsNormRecompute(out, pass[statistics], x, weight: pass[weight], rows: pass.rows, width: width)
  }

  func backward(
    dX: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {
    rmsNormBackward(
      dX: dX, dWeight: gradient.sum(at: weight, count: width), dOut, pass[statistics], x,
      weight: pass[weight], rows: pass.rows, width: width)
  }
}
