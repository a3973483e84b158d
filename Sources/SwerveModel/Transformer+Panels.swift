import SwerveTensor

extension Transformer {
  /// The panels of all products for one direction.
  struct PackedPanels {
    private var storage: FloatBuffer?
    /// By the product's index.
    private var panels: [Panels?] = []
    private(set) var areReady = false

    subscript(_ product: Product) -> Panels? { areReady ? panels[product.index] : nil }

    /// The weights have changed.
    mutating func drop() { areReady = false }

    /// Packs, for each product, the weight or its transpose as the right operand (K, N). Panels lie in the order of the
    /// products, in which a step reads them.
    /// - Parameters:
    ///   - products: not necessarily all. A weight without panels is packed by each product that needs it, with the
    ///     same bits.
    ///   - backward: for d Wᵀ in place of x W.
    mutating func pack(
      _ products: [Product], backward: Bool, parameters: UnsafePointer<Float>, pool: WorkerPool
    ) {
      // B is (K, N): as stored for x W, and the transpose of what is stored for d Wᵀ and h Eᵀ.
      let jobs = products.map { product in
        let transposed = product.isTransposed != backward
        return (
          product: product, transposed: transposed, k: transposed ? product.columns : product.rows,
          n: transposed ? product.rows : product.columns
        )
      }
      let sizes = jobs.map { panelCount(k: $0.k, n: $0.n) }
      let block = storage ?? FloatBuffer(count: sizes.reduce(0, +))
      storage = block
      var starts = [0]
      for size in sizes { starts.append(starts.last! + size) }
      let slots = UnsafeMutableBufferPointer<Panels>.allocate(capacity: jobs.count)
      defer { slots.deallocate() }
      let base = block.pointer
      pool.run(jobs.count) { i, _ in
        let job = jobs[i]
        slots.initializeElement(
          at: i,
          to: packPanels(
            base + starts[i], stored: parameters + job.product.weight, stride: job.product.columns,
            transposed: job.transposed, k: job.k, n: job.n))
      }
      panels = [Panels?](repeating: nil, count: (products.map(\.index).max() ?? -1) + 1)
      for (i, job) in jobs.enumerated() { panels[job.product.index] = slots[i] }
      areReady = true
    }
  }

  /// Packs the panels of all products; call it after a change of the weights and before threads read the model.
  package func prepare(pool: WorkerPool) {
    if forwardPanels.areReady { return }
    forwardPanels.pack(layers.plan.products, backward: false, parameters: parameters, pool: pool)
  }

  /// The same for a forward and a backward pass over `shards` shards. With one or two shards, products pack for
  /// themselves: keeping panels would cost as much time, and for both passes twice the memory of the weights.
  package func prepareTraining(pool: WorkerPool, shards: Int) {
    if shards <= 2 { return }
    prepare(pool: pool)
    if backwardPanels.areReady { return }
    // The product d E reads the embedding as it is stored.
    let products = layers.plan.products.filter { !$0.isTransposed }
    backwardPanels.pack(products, backward: true, parameters: parameters, pool: pool)
  }

  /// The weight as the right operand of x W, or of h Eᵀ.
  func forwardOperand(_ product: Product) -> RightOperand {
    forwardPanels[product].map { .panels($0) } ?? stored(product, transposed: product.isTransposed)
  }

  /// The weight as the right operand of d Wᵀ, or of d E.
  func backwardOperand(_ product: Product) -> RightOperand {
    if product.isTransposed { return stored(product, transposed: false) }
    return backwardPanels[product].map { .panels($0) } ?? stored(product, transposed: true)
  }

  private func stored(_ product: Product, transposed: Bool) -> RightOperand {
    let weight = parameters + product.weight
    return transposed ? .transposed(weight, stride: product.columns) : .rows(weight, stride: product.columns)
  }
}
