import SwerveTensor

extension Transformer {
  /// Takes one shard of a batch through the model and leaves everything in `a`.
  ///
  ///   x = wte[token] + wpe[position]
  ///   for each layer: x += proj(attention(qkv(norm(x))));  x += down(gelu(up(norm(x))))
  ///   hidden = norm(x);  logits = hidden wteᵀ;  values = MLP(hidden)
  ///
  /// Order of operations: a residual sum starts the chain of the product that is added: ((x + bias) + a0 b0) + ...
  /// - Parameter logits: false leaves out the last product, where only hidden states or values are wanted.
  /// - Precondition: `prepare` was called after the last change of the weights, and the batch passed `check`.
  package func forward(
    _ batch: TokenBatch, _ shard: Shard, into a: Activations, _ w: Workspace, logits: Bool = true
  ) {
    let n = shard.tokens.count
    let width = configuration.width
    a.reserve(n)
    w.reserve(n)
    embed(batch, shard, a.layers.first?.input.pointer ?? a.last.pointer)
    for (index, layer) in offsets.layers.enumerated() {
      let saved = a.layers[index]
      let next = index + 1 < a.layers.count ? a.layers[index + 1].input.pointer : a.last.pointer
      norm(w.normed.pointer, saved.norm1.pointer, saved.input.pointer.reading, layer.norm1, rows: n)
      linear(saved.qkv.pointer, w.normed.pointer.reading, layer.attention, rows: n, w)
      attend(batch, shard, saved, w)
      middle(saved.middle.pointer, saved.input.pointer.reading, saved.attention.pointer.reading, layer.projection, n, w)
      norm(w.normed.pointer, saved.norm2.pointer, saved.middle.pointer.reading, layer.norm2, rows: n)
      linear(saved.up.pointer, w.normed.pointer.reading, layer.up, rows: n, w)
      geluForward(w.wide.pointer, saved.up.pointer.reading, count: n * 4 * width)
      middle(next, saved.middle.pointer.reading, w.wide.pointer.reading, layer.down, n, w)
    }
    norm(a.hidden.pointer, a.finalNorm.pointer, a.last.pointer.reading, offsets.finalNorm, rows: n)
    if logits { unembed(a.logits.pointer, a.hidden.pointer.reading, rows: n, w.matMul) }
    if !offsets.value.isEmpty { valueForward(a, rows: n, w) }
  }

  private func embed(_ batch: TokenBatch, _ shard: Shard, _ x: UnsafeMutablePointer<Float>) {
    let width = configuration.width
    for row in shard.rows {
      for t in batch.starts[row]..<batch.starts[row + 1] {
        let position = batch.positions[row] + t - batch.starts[row]
        embedToken(x + (t - shard.tokens.lowerBound) * width, token: Int(batch.tokens[t]), position: position)
      }
    }
  }

  /// x (C) = wte[token] + wpe[position].
  func embedToken(_ x: UnsafeMutablePointer<Float>, token: Int, position: Int) {
    let width = configuration.width
    x.update(from: parameters + offsets.tokens + token * width, count: width)
    if offsets.positions >= 0 { addInto(x, parameters + offsets.positions + position * width, count: width) }
  }

  func norm(
    _ out: UnsafeMutablePointer<Float>, _ statistics: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>,
    _ norm: ParameterOffsets.Norm, rows: Int
  ) {
    layerNormForward(
      out, statistics, x, weight: parameters + norm.weight, bias: parameters + norm.bias, rows: rows,
      width: configuration.width, epsilon: configuration.layerNormEpsilon)
  }

  /// out (rows, output) = x W + bias.
  func linear(
    _ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ linear: ParameterOffsets.Linear, rows: Int,
    _ w: Workspace
  ) {
    linearForward(out, x, linear, rows: rows, start: .bias(parameters + linear.bias), w.matMul)
  }

  /// - Parameter columns: those of `out` that are computed, all if not given; they begin at a multiple of 32.
  func linearForward(
    _ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ linear: ParameterOffsets.Linear, rows: Int,
    columns: Range<Int>? = nil, start: MatMulStart, _ scratch: MatMulScratch, mode: MathMode? = nil
  ) {
    matMul(
      out, cStride: linear.output, .rows(x, stride: linear.input), forward(linear), m: rows, n: linear.output,
      k: linear.input, columns: columns, start: start, mode: mode ?? self.mode, scratch: scratch)
  }

  /// out = x + (y W + bias): a residual connection.
  private func middle(
    _ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
    _ linear: ParameterOffsets.Linear, _ rows: Int, _ w: Workspace
  ) {
    linearForward(out, y, linear, rows: rows, start: residual(x, linear), w.matMul)
  }

  /// x (rows, output) plus the layer's bias.
  func residual(_ x: UnsafePointer<Float>, _ linear: ParameterOffsets.Linear) -> MatMulStart {
    .residual(x, stride: linear.output, bias: parameters + linear.bias)
  }

  private func attend(_ batch: TokenBatch, _ shard: Shard, _ saved: Activations.Layer, _ w: Workspace) {
    let width = configuration.width
    let heads = configuration.heads
    for row in shard.rows {
      let first = batch.starts[row] - shard.tokens.lowerBound
      let length = batch.length(row)
      let qkv = saved.qkv.pointer + first * 3 * width
      if let rotary {
        for t in 0..<length {
          for part in 0..<2 {
            rotate(
              qkv + t * 3 * width + part * width, position: batch.positions[row] + t, heads: heads, table: rotary,
              direction: 1)
          }
        }
      }
      attentionForward(
        saved.attention.pointer + first * width, saved.softmax.pointer + 2 * heads * first, qkv.reading,
        AttentionShape(length: length, heads: heads, width: width), mode: mode, scratch: w.matMul,
        attention: w.attention)
    }
  }

  /// logits (rows, V) = hidden wteᵀ.
  /// - Parameter columns: those tokens that are computed, all if not given; they begin at a multiple of 32.
  func unembed(
    _ logits: UnsafeMutablePointer<Float>, _ hidden: UnsafePointer<Float>, rows: Int, columns: Range<Int>? = nil,
    _ scratch: MatMulScratch, mode: MathMode? = nil
  ) {
    let c = configuration
    matMul(
      logits, cStride: c.vocabulary, .rows(hidden, stride: c.width), unembedding, m: rows, n: c.vocabulary, k: c.width,
      columns: columns, start: .zero, mode: mode ?? self.mode, scratch: scratch)
  }
}
