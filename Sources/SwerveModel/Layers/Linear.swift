import SwerveTensor

/// y = x W + b, with W stored as (input, output).
struct Linear: Sendable {
  let input: Int
  let output: Int
  private let product: Product
  private let bias: Int

  init(
    _ name: String, from input: Int, to output: Int, weight: ParameterRole = .weight, bias: ParameterRole = .bias,
    _ plan: inout ModelPlan
  ) {
    self.input = input
    self.output = output
    let offset = plan.parameter(name + ".weight", [input, output], weight)
    self.bias = plan.parameter(name + ".bias", [output], bias)
    product = plan.product(weight: offset, rows: input, columns: output, isValueHead: weight.isValueHead)
  }

  /// out (rows, output) = x W + bias; with a residual (rows, output), residual + (x W + bias) in the order
  /// ((residual + bias) + a0 b0) + ...
  func forward(
    _ out: UnsafeMutablePointer<Float>, adding residual: UnsafePointer<Float>? = nil, _ x: UnsafePointer<Float>,
    _ pass: Pass
  ) {
    multiply(
      out, adding: residual, x, rows: pass.rows, pass.weights, pass.workspace.matMul, mode: pass.weights.mode)
  }

  /// The same for the rows of a step. Where threads share the step, it is computed by parts of the columns.
  /// - Parameter finish: gets each part's values, row after row, right after they were computed.
  func decode(
    _ out: UnsafeMutablePointer<Float>, adding residual: UnsafePointer<Float>? = nil, _ x: UnsafePointer<Float>,
    _ step: DecodeStep, finish: ((_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Void)? = nil
  ) {
    step.workspace.eachPart(of: output) { columns, thread in
      multiply(
        out, adding: residual, x, rows: step.rows, columns: columns, step.weights, step.workspace.matMul[thread],
        mode: .exact)
      guard let finish else { return }
      guard let columns else { return finish(out, step.rows * output) }
      for row in 0..<step.rows { finish(out + row * output + columns.lowerBound, columns.count) }
    }
  }

  /// The same on one thread, for a layer so small that sharing it would only make threads wait.
  func decodeAlone(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ step: DecodeStep) {
    multiply(out, adding: nil, x, rows: step.rows, step.weights, step.workspace.matMul[0], mode: .exact)
  }

  /// - Parameter columns: those of `out` that are computed, all if not given; they begin at a multiple of 32.
  private func multiply(
    _ out: UnsafeMutablePointer<Float>, adding residual: UnsafePointer<Float>?, _ x: UnsafePointer<Float>, rows: Int,
    columns: Range<Int>? = nil, _ weights: ModelWeights, _ scratch: MatMulScratch, mode: MathMode
  ) {
    let bias = weights.parameters + bias
    matMul(
      out, cStride: output, .rows(x, stride: input), weights.forwardOperand(product), m: rows, n: output, k: input,
      columns: columns, start: residual.map { .residual($0, stride: output, bias: bias) } ?? .bias(bias), mode: mode,
      scratch: scratch)
  }

  /// dW += xᵀ d, dBias += sum of d, dX = start + d Wᵀ.
  func backward(
    dX: UnsafeMutablePointer<Float>?, start: MatMulStart = .zero, _ d: UnsafePointer<Float>,
    _ x: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock
  ) {
    weightBackward(d, x, pass, into: gradient)
    if let dX { inputBackward(dX, start: start, d, pass) }
  }

  func inputBackward(
    _ dX: UnsafeMutablePointer<Float>, start: MatMulStart = .zero, _ d: UnsafePointer<Float>, _ pass: Pass
  ) {
    matMul(
      dX, cStride: input, .rows(d, stride: output), pass.weights.backwardOperand(product), m: pass.rows, n: input,
      k: output, start: start, mode: pass.weights.mode, scratch: pass.workspace.matMul)
  }

  func weightBackward(
    _ d: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock
  ) {
    matMul(
      gradient + product.weight, cStride: output, .transposed(x, stride: input), .rows(d, stride: output), m: input,
      n: output, k: pass.rows, start: gradient.productStart, mode: pass.weights.mode, scratch: pass.workspace.matMul)
    biasBackward(gradient.sum(at: bias, count: output), d, rows: pass.rows, width: output)
  }
}
