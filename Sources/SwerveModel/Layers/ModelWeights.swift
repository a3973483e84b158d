import SwerveTensor

/// The weights of a model in one block, in the order of its layout, and the packed panels that products read. Adapters have the
/// weights of their base beside their own. Reading is safe from many threads.
final class ModelWeights: @unchecked Sendable {
  let mode: MathMode
  private let block: FloatBuffer
  private var forwardPanels = PackedPanels()
  private var backwardPanels = PackedPanels()
  private var forwardSpace = PanelSpace()
  private let backwardSpace = PanelSpace()
  private let rotaryTables: [RotaryTable]
  /// The frozen weights.
  private let base: ModelWeights?

  /// All zero.
  /// - Parameter base: the weights that are frozen in the plan; nil: there are none.
  init(_ plan: ModelPlan, base: ModelWeights? = nil, mode: MathMode) {
    self.mode = mode
    self.base = base
    block = FloatBuffer(count: plan.layout.count)
    rotaryTables =
      base?.rotaryTables
      ?? plan.rotaryTables.map {
        RotaryTable(context: $0.context, frequencies: $0.options.frequencies(headWidth: $0.headWidth))
      }
  }

  subscript(_ table: RotaryIndex) -> RotaryTable { rotaryTables[table.index] }

  subscript(_ parameter: Parameter) -> UnsafePointer<Float> {
    (parameter.isFrozen ? frozen : self).block.pointer.reading + parameter.offset
  }

  private var frozen: ModelWeights {
    guard let base else { preconditionFailure("a model without a base has no frozen parameters") }
    return base
  }

  /// The weights of this model's own layout, for reading.
  var parameters: UnsafePointer<Float> { block.pointer.reading }
  var count: Int { block.count }

  /// Changes the weights in place and marks the panels as stale.
  func update(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    body(block.pointer)
    forwardPanels.drop()
    backwardPanels.drop()
  }

  /// Packs the panels of the products of a forward pass, where they are not packed yet.
  /// - Parameter products: of this model's plan, or those of a model on top that read its weights. What was packed before
  ///   stays packed.
  func pack(_ products: [Product], pool: WorkerPool) {
    guard let products = forwardPanels.lacking(products) else { return }
    forwardSpace.holder?.forwardPanels.drop()
    forwardSpace.holder = self
    forwardPanels.pack(products, backward: false, parameters: parameters, into: forwardSpace, pool: pool)
  }

  /// Panels of this size are kept by each model; larger ones are worth being packed again, which costs no more than a few
  /// tokens' products.
  private static let keptPanels = 1 << 24

  static func takesTurns(_ plan: ModelPlan) -> Bool { plan.weightCount >= keptPanels }

  /// Lets two large models that take turns keep their forward panels in the same memory: packing those of one drops those of
  /// the other. Adapters have their base's panels anyway.
  func takeTurns(with other: ModelWeights, _ plan: ModelPlan) {
    if base != nil || other.base != nil || !Self.takesTurns(plan) { return }
    forwardPanels.drop()
    forwardSpace = other.forwardSpace
  }

  /// The same of a backward pass.
  func packBackward(_ products: [Product], pool: WorkerPool) {
    guard let products = backwardPanels.lacking(Self.withBackwardPanels(products)) else { return }
    backwardPanels.pack(products, backward: true, parameters: parameters, into: backwardSpace, pool: pool)
  }

  /// The products that have panels in a backward pass. The product d W of a weight that is stored as (output, input) can read it
  /// as it is stored, but packs it for each shard. So these have panels, too, where all of them take no more than 64 MiB.
  static func withBackwardPanels(_ products: [Product]) -> [Product] {
    let stored = products.filter(\.isTransposed).reduce(0) { $0 + panelCount(k: $1.rows, n: $1.columns) }
    return stored <= keptPanels ? products : products.filter { !$0.isTransposed }
  }

  /// The weight as the right operand of x W, or of x Wᵀ where it is stored as (output, input).
  func forwardOperand(_ product: Product) -> RightOperand {
    let panels = (product.weight.isFrozen ? frozen : self).forwardPanels[product]
    return panels.map { .panels($0) } ?? stored(product, transposed: product.isTransposed)
  }

  /// The weight as the right operand of d Wᵀ, or of d W where it is stored as (output, input).
  func backwardOperand(_ product: Product) -> RightOperand {
    let panels = (product.weight.isFrozen ? frozen : self).backwardPanels[product]
    return panels.map { .panels($0) } ?? stored(product, transposed: !product.isTransposed)
  }

  private func stored(_ product: Product, transposed: Bool) -> RightOperand {
    let weight = self[product.weight]
    return transposed ? .transposed(weight, stride: product.columns) : .rows(weight, stride: product.columns)
  }
}

/// The memory of packed panels.
private final class PanelSpace {
  private var block = FloatBuffer(count: 0)
  /// Whose panels lie here, where several models take turns.
  weak var holder: ModelWeights?

  func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
    if block.count < count { block = FloatBuffer(count: count) }
    return block.pointer
  }
}

/// The panels of all products for one direction.
private struct PackedPanels {
  /// By the product's index.
  private var panels: [Panels?] = []
  /// The products that have panels, in the order of their indices; empty after a change of the weights.
  private var packed: [Product] = []

  subscript(_ product: Product) -> Panels? { product.index < panels.count ? panels[product.index] : nil }

  /// The weights have changed.
  mutating func drop() { (panels, packed) = ([], []) }

  /// What is to be packed so that these products have panels and no other product loses its own; nil where they have.
  func lacking(_ products: [Product]) -> [Product]? {
    let new = products.filter { self[$0] == nil }
    return new.isEmpty ? nil : (packed + new).sorted { $0.index < $1.index }
  }

  /// Packs, for each product, the weight or its transpose as the right operand (K, N). Panels lie in the order of the
  /// products, in which a step reads them.
  /// - Parameters:
  ///   - products: not necessarily all. A weight without panels is packed by each product that needs it, with the same
  ///     bits.
  ///   - backward: for d Wᵀ in place of x W.
  mutating func pack(
    _ products: [Product], backward: Bool, parameters: UnsafePointer<Float>, into space: PanelSpace, pool: WorkerPool
  ) {
    // B is (K, N): as stored for x W, and the transpose of what is stored for d Wᵀ, and for x Wᵀ.
    let jobs = products.map { product in
      let transposed = product.isTransposed != backward
      return (
        product: product, transposed: transposed, k: transposed ? product.columns : product.rows,
        n: transposed ? product.rows : product.columns
      )
    }
    let sizes = jobs.map { panelCount(k: $0.k, n: $0.n) }
    let base = space.reserve(sizes.reduce(0, +))
    var starts = [0]
    for size in sizes { starts.append(starts.last! + size) }
    let slots = UnsafeMutableBufferPointer<Panels>.allocate(capacity: jobs.count)
    defer { slots.deallocate() }
    pool.run(jobs.count) { i, _ in
      let job = jobs[i]
      slots.initializeElement(
        at: i,
        to: packPanels(
          base + starts[i], stored: parameters + job.product.weight.offset, stride: job.product.columns,
          transposed: job.transposed, k: job.k, n: job.n))
    }
    panels = [Panels?](repeating: nil, count: (products.map(\.index).max() ?? -1) + 1)
    for (i, job) in jobs.enumerated() { panels[job.product.index] = slots[i] }
    packed = products
  }
}
