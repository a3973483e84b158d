import SwerveTensor

/// y = x W + b, with W stored as (input, output) or, as PyTorch's linear layers are, as (output, input). Where W is frozen, a
/// low-rank adapter may be added.
struct Linear: Sendable {
  let input: Int
  let output: Int
  private let product: Product
  private let bias: Parameter?
  private let adapter: LowRankAdapter?

  /// - Parameters:
  ///   - bias: its role; nil: the layer has none.
  ///   - isTransposed: W is stored as (output, input).
  init(
    _ name: String, from input: Int, to output: Int, weight: ParameterRole = .weight, bias: ParameterRole? = .bias,
    isTransposed: Bool = false, _ plan: inout ModelPlan
  ) {
    self.input = input
    self.output = output
    let shape = isTransposed ? [output, input] : [input, output]
    let stored = plan.parameter(name + ".weight", shape, weight)
    self.bias = bias.map { plan.parameter(name + ".bias", [output], $0) }
    product = plan.product(
      weight: stored, rows: shape[0], columns: shape[1], isTransposed: isTransposed, isAdded: weight.isAdded)
    adapter = plan.adapter(of: name, product, from: input, to: output)
  }

  /// out (rows, output) = x W + bias; with a residual (rows, output), residual + (x W + bias) in the order
  /// ((residual + bias) + a0 b0) + ...
  /// - Parameter stride: from a row of `out` to the next; without one, rows follow each other.
  func forward(
    _ out: UnsafeMutablePointer<Float>, stride: Int? = nil, adding residual: UnsafePointer<Float>? = nil,
    _ x: UnsafePointer<Float>, _ pass: Pass
  ) {
    multiply(
      out, stride: stride, adding: residual, x, rows: pass.rows, pass.weights, pass.workspace.matMul,
      mode: pass.weights.mode)
    adapter?.forward(addingTo: out, stride: stride ?? output, x, pass)
  }

  /// The same for the rows of a step. Where threads share the step, it is computed by parts of the columns.
  /// - Parameter finish: gets each part's values, row after row, right after they were computed.
  func decode(
    _ out: UnsafeMutablePointer<Float>, stride: Int? = nil, adding residual: UnsafePointer<Float>? = nil,
    _ x: UnsafePointer<Float>, _ step: DecodeStep,
    finish: ((_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Void)? = nil
  ) {
    prepareDecoding(x, step)
    step.workspace.eachPart(of: output) { columns, thread in
      decodePart(out, stride: stride, adding: residual, x, step, columns: columns, thread: thread)
      guard let finish else { return }
      guard let columns else { return finish(out, step.rows * output) }
      for row in 0..<step.rows { finish(out + row * output + columns.lowerBound, columns.count) }
    }
  }

  /// What comes before the parts of the columns, once for all of them.
  func prepareDecoding(_ x: UnsafePointer<Float>, _ step: DecodeStep) { adapter?.prepareDecoding(x, step) }

  /// One part of the columns, for a layer that divides them among threads itself; `prepareDecoding` came before.
  /// - Parameter columns: nil: all.
  func decodePart(
    _ out: UnsafeMutablePointer<Float>, stride: Int? = nil, adding residual: UnsafePointer<Float>? = nil,
    _ x: UnsafePointer<Float>, _ step: DecodeStep, columns: Range<Int>?, thread: Int
  ) {
    multiply(
      out, stride: stride, adding: residual, x, rows: step.rows, columns: columns, step.weights,
      step.workspace.matMul[thread], mode: .exact)
    adapter?.decodePart(addingTo: out, stride: stride ?? output, step, columns: columns, thread: thread)
  }

  /// The same on one thread, for a layer so small that sharing it would only make threads wait.
  func decodeAlone(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ step: DecodeStep) {
    prepareDecoding(x, step)
    decodePart(out, x, step, columns: nil, thread: 0)
  }

  /// - Parameter columns: those of `out` that are computed, all if not given; they begin at a multiple of 32.
  private func multiply(
    _ out: UnsafeMutablePointer<Float>, stride: Int?, adding residual: UnsafePointer<Float>?,
    _ x: UnsafePointer<Float>, rows: Int, columns: Range<Int>? = nil, _ weights: ModelWeights,
    _ scratch: MatMulScratch, mode: MathMode
  ) {
    let bias = bias.map { weights[$0] }
    let start: MatMulStart =
      residual.map { .residual($0, stride: output, bias: bias) } ?? bias.map { .bias($0) } ?? .zero
    matMul(
      out, cStride: stride ?? output, .rows(x, stride: input), weights.forwardOperand(product), m: rows, n: output,
      k: input, columns: columns, start: start, mode: mode, scratch: scratch)
  }

  /// dW += xᵀ d (dᵀ x where W is stored as (output, input)), dBias += sum of d, dX = start + d Wᵀ. What is frozen has no
  /// gradient.
  /// - Parameter stride: from a row of d to the next; without one, rows follow each other.
  func backward(
    dX: UnsafeMutablePointer<Float>?, start: MatMulStart = .zero, _ d: UnsafePointer<Float>, stride: Int? = nil,
    _ x: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock
  ) {
    weightBackward(d, stride: stride, x, pass, into: gradient)
    if let dX { inputBackward(dX, start: start, d, stride: stride, pass) }
  }

  func inputBackward(
    _ dX: UnsafeMutablePointer<Float>, start: MatMulStart = .zero, _ d: UnsafePointer<Float>, stride: Int? = nil,
    _ pass: Pass
  ) {
    matMul(
      dX, cStride: input, .rows(d, stride: stride ?? output), pass.weights.backwardOperand(product), m: pass.rows,
      n: input, k: output, start: start, mode: pass.weights.mode, scratch: pass.workspace.matMul)
    adapter?.inputBackward(addingTo: dX, d, stride: stride ?? output, pass)
  }

  func weightBackward(
    _ d: UnsafePointer<Float>, stride: Int? = nil, _ x: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {
    let stride = stride ?? output
    let isTransposed = product.isTransposed
    let (rows, columns) = (product.rows, product.columns)
    if let dWeight = gradient[product.weight] {
      matMul(
        dWeight, cStride: columns, isTransposed ? .transposed(d, stride: stride) : .transposed(x, stride: input),
        isTransposed ? .rows(x, stride: input) : .rows(d, stride: stride), m: rows, n: columns, k: pass.rows,
        start: gradient.productStart, mode: pass.weights.mode, scratch: pass.workspace.matMul)
    }
    if let dBias = bias.flatMap({ gradient.sum(at: $0, count: output) }) {
      biasBackward(dBias, d, stride: stride, rows: pass.rows, width: output)
    }
    adapter?.weightBackward(d, stride: stride, x, pass, into: gradient)
  }
}
