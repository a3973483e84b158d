import SwerveTensor
import SwerveText

/// A model: its configuration, its weights in one block, and the packed panels that products read.
///
/// Weights change only through `update`, which drops the panels; `prepare` packs them again. Reading is safe from many threads.
package final class Transformer: @unchecked Sendable {
  package let configuration: GPTConfiguration
  package let layout: ParameterLayout
  package let mode: MathMode
  let offsets: ParameterOffsets
  let weights: FloatBuffer
  let rotary: RotaryTable?
  private var forwardPanels: [Int: Panels] = [:]
  private var backwardPanels: [Int: Panels] = [:]
  private var forwardStorage: FloatBuffer?
  private var backwardStorage: FloatBuffer?
  private var forwardReady = false
  private var backwardReady = false

  /// All weights zero: see `initialize` and `load`.
  package init(_ configuration: GPTConfiguration, mode: MathMode = .exact) {
    self.configuration = configuration
    self.mode = mode
    layout = ParameterLayout(configuration)
    offsets = ParameterOffsets(layout)
    weights = FloatBuffer(count: layout.count)
    rotary =
      configuration.positions == .rotary
      ? RotaryTable(context: configuration.context, headWidth: configuration.width / configuration.heads) : nil
  }

  /// The weights, for reading.
  package var parameters: UnsafePointer<Float> { weights.pointer.reading }

  /// Every tensor of the model in layout order, borrowed from its block.
  package var tensors: [NamedTensor] {
    layout.entries.map { entry in
      NamedTensor(
        name: entry.name, shape: entry.shape,
        values: UnsafeBufferPointer(start: weights.pointer + entry.offset, count: entry.count))
    }
  }

  /// The first weight that is NaN or infinite, if any.
  package var firstNonFiniteWeight: (tensor: String, index: Int, value: Float)? {
    for entry in layout.entries {
      let values = parameters + entry.offset
      if let index = firstNonFinite(values, count: entry.count) { return (entry.name, index, values[index]) }
    }
    return nil
  }

  /// Changes the weights in place and marks the panels as stale.
  package func update(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    body(weights.pointer)
    forwardReady = false
    backwardReady = false
  }

  /// A second model with the same weights.
  package func copy() -> Transformer {
    let other = Transformer(configuration, mode: mode)
    other.update { $0.update(from: weights.pointer, count: weights.count) }
    return other
  }

  /// Copies every tensor of this model that `source` has by name and shape; returns the names that it lacks.
  package func load(from source: Transformer) -> [String] {
    var missing: [String] = []
    update { target in
      for entry in layout.entries {
        if let other = source.layout.entry(entry.name), other.shape == entry.shape {
          (target + entry.offset).update(from: source.weights.pointer + other.offset, count: entry.count)
        } else {
          missing.append(entry.name)
        }
      }
    }
    return missing
  }

  /// GPT-2's initialization: normal with deviation 0.02 for matrices, divided by sqrt(2 layers) for the projections into the
  /// residual stream; zeros for biases, ones for the norms' weights. The value head's matrices are uniform in
  /// +-1/sqrt(in), as PyTorch's Linear. Row i of the random stream belongs to entry i of the layout.
  package func initialize(_ stream: RandomStream, only: (String) -> Bool = { _ in true }) {
    let residual = 0.02 / Float(2 * configuration.layers).squareRoot()
    update { weights in
      for (row, entry) in layout.entries.enumerated() where only(entry.name) {
        var random = stream.cursor(step: 0, row: row)
        let target = weights + entry.offset
        let isNorm = entry.name.containsExactly("ln_")
        if entry.name.beginsExactly(with: "value.") {
          let fanIn = entry.shape.count == 2 ? entry.shape[0] : 0
          let bound = fanIn > 0 ? 1 / Float(fanIn).squareRoot() : 0
          for i in 0..<entry.count { target[i] = (2 * random.uniform() - 1) * bound }
        } else if entry.shape.count == 2 {
          let deviation = entry.name.endsExactly(with: "c_proj.weight") ? residual : 0.02
          for i in 0..<entry.count { target[i] = random.normal() * deviation }
        } else {
          target.update(repeating: isNorm && entry.name.endsExactly(with: "weight") ? 1 : 0, count: entry.count)
        }
      }
    }
  }

  /// Packs the panels of all products; call it after a change of the weights and before threads read the model. What has no
  /// panels is packed by each product that needs it, with the same bits.
  package func prepare(pool: WorkerPool) {
    if forwardReady { return }
    pack(into: &forwardStorage, &forwardPanels, transposed: false, pool: pool)
    forwardReady = true
  }

  /// The same for a forward and a backward pass over `shards` shards. One or two of them pack as they go: keeping panels would
  /// cost as much time, and for both passes twice the memory of the weights.
  package func prepareTraining(pool: WorkerPool, shards: Int) {
    if shards <= 2 { return }
    prepare(pool: pool)
    if backwardReady { return }
    pack(into: &backwardStorage, &backwardPanels, transposed: true, pool: pool)
    backwardReady = true
  }

  /// The weight of a linear layer as the right operand of x W.
  func forward(_ linear: ParameterOffsets.Linear) -> RightOperand {
    forwardReady
      ? .panels(forwardPanels[linear.weight]!) : .rows(parameters + linear.weight, stride: linear.output)
  }

  /// The same weight as the right operand of d Wᵀ.
  func backward(_ linear: ParameterOffsets.Linear) -> RightOperand {
    backwardReady
      ? .panels(backwardPanels[linear.weight]!) : .transposed(parameters + linear.weight, stride: linear.output)
  }

  /// The transposed token embedding as the right operand of h Eᵀ.
  var unembedding: RightOperand {
    forwardReady
      ? .panels(forwardPanels[offsets.tokens]!)
      : .transposed(parameters + offsets.tokens, stride: configuration.width)
  }

  private func pack(
    into storage: inout FloatBuffer?, _ panels: inout [Int: Panels], transposed: Bool, pool: WorkerPool
  ) {
    var jobs: [(weight: Int, rows: Int, columns: Int, transposed: Bool)] = []
    for layer in offsets.layers {
      for linear in [layer.attention, layer.projection, layer.up, layer.down] {
        jobs.append((linear.weight, linear.input, linear.output, transposed))
      }
    }
    for linear in offsets.value { jobs.append((linear.weight, linear.input, linear.output, transposed)) }
    if !transposed { jobs.append((offsets.tokens, configuration.vocabulary, configuration.width, true)) }
    // B is (K, N): as stored for x W, and the transpose of what is stored for d Wᵀ and h Eᵀ.
    let sizes = jobs.map {
      $0.transposed ? panelCount(k: $0.columns, n: $0.rows) : panelCount(k: $0.rows, n: $0.columns)
    }
    let block = storage ?? FloatBuffer(count: sizes.reduce(0, +))
    storage = block
    var starts = [0]
    for size in sizes { starts.append(starts.last! + size) }
    let slots = UnsafeMutableBufferPointer<Panels>.allocate(capacity: jobs.count)
    defer { slots.deallocate() }
    let base = block.pointer
    let stored = parameters
    pool.run(jobs.count) { i, _ in
      let job = jobs[i]
      slots.initializeElement(
        at: i,
        to: packPanels(
          base + starts[i], stored: stored + job.weight, stride: job.columns, transposed: job.transposed,
          k: job.transposed ? job.columns : job.rows, n: job.transposed ? job.rows : job.columns))
    }
    for (i, job) in jobs.enumerated() { panels[job.weight] = slots[i] }
  }
}
