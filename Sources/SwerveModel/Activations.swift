import SwerveTensor

/// What the forward pass of one shard leaves for its backward pass, and the scratch of both. It grows to the largest shard
/// that it meets and then stays, so that steps do not allocate.
package final class Activations {
  struct Layer {
    let input: FloatBuffer  // (N, C) residual stream before the block
    let norm1: FloatBuffer  // (N, 2) mean, rstd
    let qkv: FloatBuffer  // (N, 3C)
    let attention: FloatBuffer  // (N, C)
    let softmax: FloatBuffer  // (texts: H, T, 2) = (H N, 2)
    let middle: FloatBuffer  // (N, C) residual stream between attention and MLP
    let norm2: FloatBuffer  // (N, 2)
    let up: FloatBuffer  // (N, 4C) before GELU

    init(n: Int, _ c: GPTConfiguration) {
      input = FloatBuffer(count: n * c.width)
      norm1 = FloatBuffer(count: 2 * n)
      qkv = FloatBuffer(count: 3 * n * c.width)
      attention = FloatBuffer(count: n * c.width)
      softmax = FloatBuffer(count: 2 * n * c.heads)
      middle = FloatBuffer(count: n * c.width)
      norm2 = FloatBuffer(count: 2 * n)
      up = FloatBuffer(count: 4 * n * c.width)
    }
  }

  let configuration: GPTConfiguration
  /// Whether a backward pass follows: if not, all layers share one layer's buffers, which then stay in the cache.
  let forBackward: Bool
  private(set) var capacity = 0
  private(set) var layers: [Layer] = []
  private(set) var last = FloatBuffer(count: 0)  // (N, C) residual stream after the last block
  private(set) var finalNorm = FloatBuffer(count: 0)  // (N, 2)
  /// (N, C): after the last norm.
  package private(set) var hidden = FloatBuffer(count: 0)
  /// (N, V).
  package private(set) var logits = FloatBuffer(count: 0)
  /// (N): the value head's output, where there is one.
  package private(set) var values = FloatBuffer(count: 0)
  private(set) var value1 = FloatBuffer(count: 0)  // (N, value head width) after ReLU
  private(set) var value2 = FloatBuffer(count: 0)

  /// What one token of a shard takes, all layers together.
  static func floatsPerToken(_ c: GPTConfiguration) -> Int {
    c.layers * (10 * c.width + 2 * c.heads + 4) + 2 * c.width + 2 + c.vocabulary + 2 * c.valueHeadWidth + 1
  }

  package init(_ configuration: GPTConfiguration, forBackward: Bool = true) {
    self.configuration = configuration
    self.forBackward = forBackward
  }

  func reserve(_ n: Int) {
    if n <= capacity { return }
    capacity = n
    let c = configuration
    let first = Layer(n: n, c)
    layers = (0..<c.layers).map { $0 == 0 || !forBackward ? first : Layer(n: n, c) }
    last = FloatBuffer(count: n * c.width)
    finalNorm = FloatBuffer(count: 2 * n)
    hidden = FloatBuffer(count: n * c.width)
    logits = FloatBuffer(count: n * c.vocabulary)
    if c.valueHeadWidth > 0 {
      values = FloatBuffer(count: n)
      value1 = FloatBuffer(count: n * c.valueHeadWidth)
      value2 = FloatBuffer(count: n * c.valueHeadWidth)
    }
  }
}

/// The working space of one thread: packing, attention, and the temporaries of forward and backward.
package final class Workspace {
  let matMul = MatMulScratch()
  let attention = AttentionScratch()
  private let configuration: GPTConfiguration
  private var capacity = 0
  private(set) var normed = FloatBuffer(count: 0)  // (N, C)
  private(set) var wide = FloatBuffer(count: 0)  // (N, 4C)
  private(set) var dWide = FloatBuffer(count: 0)  // (N, 4C)
  private(set) var dStream = FloatBuffer(count: 0)  // (N, C)
  private(set) var dNarrow = FloatBuffer(count: 0)  // (N, C)
  /// (N, V): the caller's gradient of the logits.
  package private(set) var dLogits = FloatBuffer(count: 0)
  /// (N): the caller's gradient of the values.
  package private(set) var dValues = FloatBuffer(count: 0)
  private(set) var dValue1 = FloatBuffer(count: 0)
  private(set) var dValue2 = FloatBuffer(count: 0)
  /// One row of logits' size, for whoever holds the workspace.
  package let row: FloatBuffer

  package init(_ configuration: GPTConfiguration) {
    self.configuration = configuration
    row = FloatBuffer(count: configuration.vocabulary)
  }

  /// Makes room for a shard of n tokens.
  package func reserve(_ n: Int) {
    if n <= capacity { return }
    capacity = n
    let c = configuration
    normed = FloatBuffer(count: n * c.width)
    wide = FloatBuffer(count: 4 * n * c.width)
    dWide = FloatBuffer(count: 4 * n * c.width)
    dStream = FloatBuffer(count: n * c.width)
    dNarrow = FloatBuffer(count: n * c.width)
    dLogits = FloatBuffer(count: n * c.vocabulary)
    if c.valueHeadWidth > 0 {
      dValues = FloatBuffer(count: n)
      dValue1 = FloatBuffer(count: n * c.valueHeadWidth)
      dValue2 = FloatBuffer(count: n * c.valueHeadWidth)
    }
  }
}
