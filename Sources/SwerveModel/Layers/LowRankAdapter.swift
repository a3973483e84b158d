import SwerveTensor
import SwerveText

/// Which linear layers of a model get a low-rank adapter, and of which size (LoRA: Hu et al. 2021, arXiv 2106.09685).
package struct LowRankAdapters: Equatable, Sendable {
  /// The width between both matrices, at least 1.
  package var rank: Int
  /// An adapter's output is multiplied with alpha / rank.
  package var alpha: Float
  /// Names of linear layers: the last parts of their full names, such as "q_proj" or "mlp.up_proj"; empty: all linear
  /// layers of the blocks.
  package var layers: [String]

  package static let defaultRank = 16

  package init(rank: Int, alpha: Float, layers: [String] = []) {
    (self.rank, self.alpha, self.layers) = (rank, alpha, layers)
  }

  /// In a few words.
  package var summary: String {
    "LoRA of rank \(rank) on \(layers.isEmpty ? "all linear layers" : layers.joined(separator: ", "))"
  }

  package static func == (a: LowRankAdapters, b: LowRankAdapters) -> Bool {
    a.rank == b.rank && a.alpha == b.alpha && a.layers.elementsEqual(b.layers, by: ===)
  }

  var scale: Float { alpha / Float(rank) }

  /// - Parameter linear: the full name of a linear layer of a block.
  func adapt(_ linear: String) -> Bool {
    layers.isEmpty || layers.contains { Self.isName($0, of: linear) }
  }

  /// Whether a name is the last parts of a linear layer's full name.
  static func isName(_ name: String, of linear: String) -> Bool {
    linear === name || linear.endsExactly(with: "." + name)
  }
}

/// What training adds to a linear layer whose own weight W is frozen:
///
///   y = (x W + b) + low Bᵀ      low = (x Aᵀ) scale
///
/// with A (rank, input) and B (output, rank). The second product continues the chains of the first, so an element of y is
/// ((x W chain) + low0 b0) + low1 b1 ... Each element of low is one chain over the input, multiplied with the scale.
struct LowRankAdapter: Sendable {
  private let input: Int
  private let output: Int
  private let rank: Int
  private let scale: Float
  private let down: Product  // A
  private let up: Product  // B
  private let low: SavedBuffer  // (N, rank), scaled
  private let dLow: ScratchBuffer  // (N, rank)

  /// - Parameter name: of the linear layer.
  init(_ name: String, from input: Int, to output: Int, _ shape: LowRankAdapters, _ plan: inout ModelPlan) {
    (self.input, self.output, rank, scale) = (input, output, shape.rank, shape.scale)
    func product(_ part: String, _ rows: Int, _ columns: Int, _ role: ParameterRole, _ plan: inout ModelPlan) -> Product
    {
      let weight = plan.parameter("\(name).\(part).weight", [rows, columns], role)
      return plan.product(weight: weight, rows: rows, columns: columns, isTransposed: true, isAdded: true)
    }
    down = product("lora_A", shape.rank, input, .adapterDown(inputs: input), &plan)
    up = product("lora_B", output, shape.rank, .adapterUp, &plan)
    low = plan.save(name + ".low", columns: shape.rank)
    dLow = plan.scratch("dLow", columns: shape.rank)
  }

  /// Adds to `out` (rows, output).
  func forward(addingTo out: UnsafeMutablePointer<Float>, stride: Int, _ x: UnsafePointer<Float>, _ pass: Pass) {
    let (mode, scratch) = (pass.weights.mode, pass.workspace.matMul)
    lower(pass[low], x, rows: pass.rows, pass.weights, scratch, mode: mode)
    raise(addingTo: out, stride: stride, pass[low], rows: pass.rows, columns: nil, pass.weights, scratch, mode: mode)
  }

  /// Computes what all parts of the columns of a step need, on one thread: it is too little to share.
  func prepareDecoding(_ x: UnsafePointer<Float>, _ step: DecodeStep) {
    lower(step[low], x, rows: step.rows, step.weights, step.workspace.matMul[0], mode: .exact)
  }

  /// Adds to some columns of `out`; `prepareDecoding` came before.
  func decodePart(
    addingTo out: UnsafeMutablePointer<Float>, stride: Int, _ step: DecodeStep, columns: Range<Int>?, thread: Int
  ) {
    raise(
      addingTo: out, stride: stride, step[low], rows: step.rows, columns: columns, step.weights,
      step.workspace.matMul[thread], mode: .exact)
  }

  private func lower(
    _ low: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, rows: Int, _ weights: ModelWeights,
    _ scratch: MatMulScratch, mode: MathMode
  ) {
    matMul(
      low, cStride: rank, .rows(x, stride: input), weights.forwardOperand(down), m: rows, n: rank, k: input,
      start: .zero, mode: mode, scratch: scratch)
    multiply(low, by: scale, count: rows * rank)
  }

  private func raise(
    addingTo out: UnsafeMutablePointer<Float>, stride: Int, _ low: UnsafePointer<Float>, rows: Int,
    columns: Range<Int>?, _ weights: ModelWeights, _ scratch: MatMulScratch, mode: MathMode
  ) {
    matMul(
      out, cStride: stride, .rows(low, stride: rank), weights.forwardOperand(up), m: rows, n: output, k: rank,
      columns: columns, start: .accumulate, mode: mode, scratch: scratch)
  }

  /// dB += dᵀ low, dA += dLowᵀ x.
  func weightBackward(
    _ d: UnsafePointer<Float>, stride: Int, _ x: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock
  ) {
    lowBackward(d, stride: stride, pass)
    product(
      up, .transposed(d, stride: stride), .rows(pass[low], stride: rank), pass, into: gradient)
    product(
      down, .transposed(pass[dLow], stride: rank), .rows(x, stride: input), pass, into: gradient)
  }

  private func product(
    _ weight: Product, _ left: LeftOperand, _ right: RightOperand, _ pass: Pass, into gradient: GradientBlock
  ) {
    guard let target = gradient[weight.weight] else { return }
    matMul(
      target, cStride: weight.columns, left, right, m: weight.rows, n: weight.columns, k: pass.rows,
      start: gradient.productStart, mode: pass.weights.mode, scratch: pass.workspace.matMul)
  }

  /// dX += dLow A, which continues the chains that dX holds.
  func inputBackward(
    addingTo dX: UnsafeMutablePointer<Float>, _ d: UnsafePointer<Float>, stride: Int, _ pass: Pass
  ) {
    lowBackward(d, stride: stride, pass)
    matMul(
      dX, cStride: input, .rows(pass[dLow], stride: rank), pass.weights.backwardOperand(down), m: pass.rows, n: input,
      k: rank, start: .accumulate, mode: pass.weights.mode, scratch: pass.workspace.matMul)
  }

  /// dLow = (d B) scale.
  private func lowBackward(_ d: UnsafePointer<Float>, stride: Int, _ pass: Pass) {
    matMul(
      pass[dLow], cStride: rank, .rows(d, stride: stride), pass.weights.backwardOperand(up), m: pass.rows, n: rank,
      k: output, start: .zero, mode: pass.weights.mode, scratch: pass.workspace.matMul)
    multiply(pass[dLow], by: scale, count: pass.rows * rank)
  }

  /// W += (B A) scale, for W as its layer stores it: each element's chain goes over the rank, and starts from W.
  func merge(into weight: UnsafeMutablePointer<Float>, isTransposed: Bool, _ weights: ModelWeights) {
    let scaled = FloatBuffer(count: output * rank)
    scaled.pointer.update(from: weights[up.weight], count: output * rank)
    multiply(scaled.pointer, by: scale, count: output * rank)
    let a = weights[down.weight]
    let scratch = MatMulScratch()
    if isTransposed {
      matMul(
        weight, cStride: input, .rows(scaled.pointer, stride: rank), .rows(a, stride: input), m: output, n: input,
        k: rank, start: .accumulate, mode: .exact, scratch: scratch)
    } else {
      matMul(
        weight, cStride: output, .transposed(a, stride: input), .transposed(scaled.pointer, stride: rank), m: input,
        n: output, k: rank, start: .accumulate, mode: .exact, scratch: scratch)
    }
  }
}

extension ParameterRole {
  /// Uniform in ±1/sqrt(inputs), as peft draws A.
  static func adapterDown(inputs: Int) -> ParameterRole {
    ParameterRole(.uniform(bound: 1 / Float(inputs).squareRoot()), decays: true, isAdapter: true)
  }

  /// Zeros, so that training starts at the base model.
  static let adapterUp = ParameterRole(.zeros, decays: true, isAdapter: true)
}
