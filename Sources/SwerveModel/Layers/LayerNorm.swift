import SwerveTensor

/// Layer normalization with a weight and a bias: see the kernel's file for formulas and the order of operations.
struct LayerNorm: Norm {
  private let width: Int
  private let epsilon: Float
  private let weight: Parameter
  private let bias: Parameter
  private let statistics: SavedBuffer  // (N, 2): mean, rstd

  init(_ name: String, width: Int, epsilon: Float, _ plan: inout ModelPlan) {
    self.width = width
    self.epsilon = epsilon
    weight = plan.parameter(name + ".weight", [width], .normWeight)
    bias = plan.parameter(name + ".bias", [width], .bias)
    statistics = plan.save(name + ".statistics", columns: 2)
  }

  func forward(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass) {
    normalize(out, pass[statistics], x, pass.weights, rows: pass.rows)
  }

  func decode(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ step: DecodeStep) {
    normalize(out, step[statistics], x, step.weights, rows: step.rows)
  }

  private func normalize(
    _ out: UnsafeMutablePointer<Float>, _ statistics: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>,
    _ weights: ModelWeights, rows: Int
  ) {
    layerNormForward(
      out, statistics, x, weight: weights[weight], bias: weights[bias], rows: rows, width: width,
      epsilon: epsilon)
  }

  func recompute(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass) {
    layerNormRecompute(
      out, pass[statistics], x, weight: pass[weight], bias: pass[bias], rows: pass.rows,
      width: width)
  }

  func backward(
    dX: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {
    layerNormBackward(
      dX: dX, dWeight: gradient.sum(at: weight, count: width), dBias: gradient.sum(at: bias, count: width), dOut,
      pass[statistics], x, weight: pass[weight], rows: pass.rows, width: width)
  }
}
