import SwerveTensor

/// One product C (m, n) = A (m, k) B (k, n) as the model calls it.
private struct Product {
  enum Right { case panels, rows, transposed }

  let name: String
  let m: Int
  let n: Int
  let k: Int
  var right = Right.panels
  /// A is the transpose of a stored (k, m).
  var leftTransposed = false
  var accumulates = false

  /// A, B and C. C counts twice where it is added to, because it is also read.
  private var floats: Int { m * k + k * n + (accumulates ? 2 : 1) * m * n }

  var work: Work {
    Work(
      multiplyAdds: Double(m * n * k), traffic: Traffic(floats: floats, .copy, workingSet: m * k + k * n + m * n))
  }

  func measure(_ report: Report, _ model: String, scratch: MatMulScratch) {
    let a = numbers(m * k)
    let b = numbers(k * n)
    let c = FloatBuffer(count: m * n)
    let storage = FloatBuffer(count: right == .panels ? panelCount(k: k, n: n) : 0)
    let left: LeftOperand =
      leftTransposed ? .transposed(a.pointer.reading, stride: m) : .rows(a.pointer.reading, stride: k)
    let stored = b.pointer.reading
    let operand: RightOperand =
      switch right {
      case .panels: .panels(packPanels(storage.pointer, stored: stored, stride: n, transposed: false, k: k, n: n))
      case .rows: .rows(stored, stride: n)
      case .transposed: .transposed(stored, stride: k)
      }
    let (c0, m, n, k, start) = (c.pointer, m, n, k, accumulates ? MatMulStart.accumulate : .zero)
    report.measure("product: \(name)", "\(model) \(m) x \(n) x \(k)", work) {
      matMul(c0, cStride: n, left, operand, m: m, n: n, k: k, start: start, mode: .exact, scratch: scratch)
    }
    withExtendedLifetime((a, b, c, storage)) {}
  }
}

/// Products of a shard's forward and backward pass and of 32 texts' decoding.
func measureProducts(_ report: Report) {
  let scratch = MatMulScratch()
  for model in Model.allCases {
    for product in products(of: model) { product.measure(report, model.rawValue, scratch: scratch) }
  }
  let value = Product(name: "value head's output", m: Model.tokens, n: 1, k: 128)
  value.measure(report, "nano", scratch: scratch)
  // `swerve bench` samples 8 texts with gpt2: then reading the weights takes longer than the arithmetic.
  Product(name: "decoding, up, 8 texts", m: 8, n: 3072, k: 768).measure(report, "gpt2", scratch: scratch)
  Product(name: "decoding, unembedding, 8 texts", m: 8, n: 50257, k: 768).measure(report, "gpt2", scratch: scratch)
}

private func products(of model: Model) -> [Product] {
  let (c, v, rows) = (model.width, model.vocabulary, Model.tokens)
  func weights(_ name: String, _ input: Int, _ output: Int) -> Product {
    Product(
      name: "dW, \(name)", m: input, n: output, k: rows, right: .rows, leftTransposed: true, accumulates: true)
  }
  return [
    Product(name: "forward, qkv", m: rows, n: 3 * c, k: c),
    Product(name: "forward and dX, projection", m: rows, n: c, k: c),
    Product(name: "forward, up; dX, down", m: rows, n: 4 * c, k: c),
    Product(name: "forward, down; dX, up", m: rows, n: c, k: 4 * c),
    Product(name: "dX, qkv", m: rows, n: c, k: 3 * c),
    Product(name: "unembedding", m: rows, n: v, k: c),
    Product(name: "dX, unembedding", m: rows, n: c, k: v, right: .rows),
    weights("qkv", c, 3 * c), weights("projection", c, c), weights("up", c, 4 * c), weights("down", 4 * c, c),
    weights("unembedding", v, c),
    Product(name: "decoding, qkv", m: 32, n: 3 * c, k: c),
    Product(name: "decoding, projection", m: 32, n: c, k: c),
    Product(name: "decoding, up", m: 32, n: 4 * c, k: c),
    Product(name: "decoding, down", m: 32, n: c, k: 4 * c),
    Product(name: "decoding, unembedding", m: 32, n: v, k: c),
  ]
}

/// Panels of the largest layer's weight, as stored and transposed, and of the embedding.
func measurePacking(_ report: Report) {
  func pack(_ model: String, k: Int, n: Int, transposed: Bool) {
    let stored = numbers(k * n)
    let target = FloatBuffer(count: panelCount(k: k, n: n))
    let (to, from) = (target.pointer, stored.pointer.reading)
    let name = transposed ? "pack panels, transposed" : "pack panels"
    report.measure(name, "\(model) \(k) x \(n)", Work(traffic: Traffic(floats: k * n + target.count, .copy))) {
      _ = packPanels(to, stored: from, stride: transposed ? k : n, transposed: transposed, k: k, n: n)
    }
    withExtendedLifetime((stored, target)) {}
  }
  for model in Model.allCases {
    pack(model.rawValue, k: model.width, n: 4 * model.width, transposed: false)
    pack(model.rawValue, k: 4 * model.width, n: model.width, transposed: true)
  }
  pack("gpt2 unembedding", k: 768, n: 50257, transposed: true)
}
