import SwerveTensor

extension Transformer {
  /// Adds the gradient of one shard to a lane's block.
  ///
  /// The caller has written the gradient of the logits to `w.dLogits` (N, V) and, with a value head, of the values to
  /// `w.dValues` (N). Order of operations: an element of a weight's gradient is one chain over the shard's tokens in increasing
  /// order that goes on from what the block holds, or from zero where the shard is the lane's first.
  /// - Parameter detachValue: the value head's gradient stops at the hidden states.
  package func backward(
    _ batch: TokenBatch, _ shard: Shard, _ a: Activations, _ w: Workspace,
    into gradient: GradientBlock, detachValue: Bool = false
  ) {
    if gradient.isFirst { zeroSums(gradient) }
    let n = shard.tokens.count
    let c = configuration
    let dHidden = w.dNarrow.pointer
    unembedBackward(gradient, dHidden, a, rows: n, w)
    if !offsets.value.isEmpty {
      valueBackward(gradient, dHidden: detachValue ? nil : dHidden, a, rows: n, w)
    }
    let dStream = w.dStream.pointer
    dStream.update(repeating: 0, count: n * c.width)
    normBackward(gradient, dStream, dHidden.reading, a.finalNorm, a.last, offsets.finalNorm, rows: n)
    for index in offsets.layers.indices.reversed() {
      mlpBackward(gradient, dStream, a.layers[index], offsets.layers[index], rows: n, w)
      attentionBlockBackward(gradient, dStream, batch, shard, a.layers[index], offsets.layers[index], w)
    }
    embedBackward(gradient, dStream.reading, batch, shard)
  }

  /// Everything that is not a product's: those write over what they find.
  private func zeroSums(_ gradient: GradientBlock) {
    for entry in layout.entries where entry.shape.count == 1 || entry.offset == offsets.positions {
      (gradient + entry.offset).update(repeating: 0, count: entry.count)
    }
  }

  private func unembedBackward(
    _ gradient: GradientBlock, _ dHidden: UnsafeMutablePointer<Float>, _ a: Activations, rows: Int,
    _ w: Workspace
  ) {
    let width = configuration.width
    let v = configuration.vocabulary
    let dLogits = w.dLogits.pointer.reading
    matMul(
      dHidden, cStride: width, .rows(dLogits, stride: v), .rows(parameters + offsets.tokens, stride: width), m: rows,
      n: width, k: v, start: .zero, mode: mode, scratch: w.matMul)
    matMul(
      gradient + offsets.tokens, cStride: width, .transposed(dLogits, stride: v),
      .rows(a.hidden.pointer.reading, stride: width), m: v, n: width, k: rows, start: weightStart(gradient), mode: mode,
      scratch: w.matMul)
  }

  /// x += down(gelu(up(norm2(x)))): dStream is the gradient after, then before.
  private func mlpBackward(
    _ gradient: GradientBlock, _ dStream: UnsafeMutablePointer<Float>, _ saved: Activations.Layer,
    _ layer: ParameterOffsets.Layer, rows n: Int, _ w: Workspace
  ) {
    let dWide = w.dWide.pointer
    let wide = w.wide.pointer
    matMul(
      dWide, cStride: layer.down.input, .rows(dStream.reading, stride: layer.down.output), backward(layer.down), m: n,
      n: layer.down.input, k: layer.down.output, start: .zero, mode: mode, scratch: w.matMul)
    geluBackward(dX: dWide, out: wide, dWide.reading, saved.up.pointer.reading, count: n * layer.up.output)
    weightBackward(gradient, dStream.reading, wide.reading, layer.down, rows: n, w)
    recomputeNorm(w.normed.pointer, saved.norm2, saved.middle, layer.norm2, rows: n)
    linearBackward(
      gradient, dX: w.dNarrow.pointer, start: .zero, dWide.reading, w.normed.pointer.reading, layer.up, rows: n, w)
    normBackward(gradient, dStream, w.dNarrow.pointer.reading, saved.norm2, saved.middle, layer.norm2, rows: n)
  }

  /// x += projection(attention(qkv(norm1(x)))).
  private func attentionBlockBackward(
    _ gradient: GradientBlock, _ dStream: UnsafeMutablePointer<Float>, _ batch: TokenBatch,
    _ shard: Shard, _ saved: Activations.Layer, _ layer: ParameterOffsets.Layer, _ w: Workspace
  ) {
    let n = shard.tokens.count
    let width = configuration.width
    let heads = configuration.heads
    let dAttention = w.dNarrow.pointer
    let dQkv = w.dWide.pointer
    linearBackward(
      gradient, dX: dAttention, start: .zero, dStream.reading, saved.attention.pointer.reading, layer.projection,
      rows: n,
      w)
    for row in shard.rows {
      let first = batch.starts[row] - shard.tokens.lowerBound
      let length = batch.length(row)
      attentionBackward(
        dQkv: dQkv + first * 3 * width, dAttention + first * width, saved.attention.pointer + first * width,
        saved.softmax.pointer + 2 * heads * first, saved.qkv.pointer + first * 3 * width,
        AttentionShape(length: length, heads: heads, width: width), mode: mode, scratch: w.matMul,
        attention: w.attention)
      guard let rotary else { continue }
      for t in 0..<length {
        for part in 0..<2 {
          rotate(
            dQkv + (first + t) * 3 * width + part * width, position: batch.positions[row] + t, heads: heads,
            table: rotary, direction: -1)
        }
      }
    }
    recomputeNorm(w.normed.pointer, saved.norm1, saved.input, layer.norm1, rows: n)
    linearBackward(
      gradient, dX: w.dNarrow.pointer, start: .zero, dQkv.reading, w.normed.pointer.reading, layer.attention, rows: n, w
    )
    normBackward(gradient, dStream, w.dNarrow.pointer.reading, saved.norm1, saved.input, layer.norm1, rows: n)
  }

  private func embedBackward(
    _ gradient: GradientBlock, _ dStream: UnsafePointer<Float>, _ batch: TokenBatch, _ shard: Shard
  ) {
    let width = configuration.width
    for row in shard.rows {
      for t in batch.starts[row]..<batch.starts[row + 1] {
        let d = dStream + (t - shard.tokens.lowerBound) * width
        addInto(gradient + offsets.tokens + Int(batch.tokens[t]) * width, d, count: width)
        if offsets.positions >= 0 {
          let position = batch.positions[row] + t - batch.starts[row]
          addInto(gradient + offsets.positions + position * width, d, count: width)
        }
      }
    }
  }

  private func weightStart(_ gradient: GradientBlock) -> MatMulStart { gradient.isFirst ? .zero : .accumulate }

  /// Gradients of a linear layer: dX = start + d Wᵀ, dW += xᵀ d, dBias += sum of d.
  func linearBackward(
    _ gradient: GradientBlock, dX: UnsafeMutablePointer<Float>?, start: MatMulStart,
    _ d: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ linear: ParameterOffsets.Linear, rows: Int, _ w: Workspace
  ) {
    weightBackward(gradient, d, x, linear, rows: rows, w)
    guard let dX else { return }
    matMul(
      dX, cStride: linear.input, .rows(d, stride: linear.output), backward(linear), m: rows, n: linear.input,
      k: linear.output, start: start, mode: mode, scratch: w.matMul)
  }

  private func weightBackward(
    _ gradient: GradientBlock, _ d: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
    _ linear: ParameterOffsets.Linear, rows: Int, _ w: Workspace
  ) {
    matMul(
      gradient + linear.weight, cStride: linear.output, .transposed(x, stride: linear.input),
      .rows(d, stride: linear.output), m: linear.input, n: linear.output, k: rows, start: weightStart(gradient),
      mode: mode, scratch: w.matMul)
    biasBackward(gradient + linear.bias, d, rows: rows, width: linear.output)
  }

  private func normBackward(
    _ gradient: GradientBlock, _ dX: UnsafeMutablePointer<Float>, _ d: UnsafePointer<Float>,
    _ statistics: FloatBuffer, _ x: FloatBuffer, _ norm: ParameterOffsets.Norm, rows: Int
  ) {
    layerNormBackward(
      dX: dX, dWeight: gradient + norm.weight, dBias: gradient + norm.bias, d, statistics.pointer, x.pointer,
      weight: parameters + norm.weight, rows: rows, width: configuration.width)
  }

  private func recomputeNorm(
    _ out: UnsafeMutablePointer<Float>, _ statistics: FloatBuffer, _ x: FloatBuffer, _ norm: ParameterOffsets.Norm,
    rows: Int
  ) {
    layerNormRecompute(
      out, statistics.pointer, x.pointer, weight: parameters + norm.weight, bias: parameters + norm.bias, rows: rows,
      width: configuration.width)
  }
}
