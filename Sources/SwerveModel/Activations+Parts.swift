import SwerveTensor

extension Activations {
  /// Everything that a forward pass left, in the order in which it was computed, each with its name and its shape.
  /// - Parameters:
  ///   - n: tokens of the shard; buffers may be larger.
  ///   - visit: the values are borrowed for the length of the call.
  /// Where no backward pass follows, layers share their buffers, and only what comes after the last one is told of.
  package func forEachPart(
    tokens n: Int, _ visit: (_ name: String, _ shape: [Int], _ values: UnsafeBufferPointer<Float>) -> Void
  ) {
    let width = configuration.width
    func tell(_ name: String, _ buffer: FloatBuffer, _ columns: Int) {
      visit(name, [n, columns], UnsafeBufferPointer(start: buffer.pointer, count: n * columns))
    }
    for (index, layer) in layers.enumerated() where forBackward {
      let h = "h.\(index)."
      tell(h + "input", layer.input, width)
      tell(h + "ln_1.statistics", layer.norm1, 2)
      tell(h + "qkv", layer.qkv, 3 * width)
      tell(h + "softmax.statistics", layer.softmax, 2 * configuration.heads)
      tell(h + "attention", layer.attention, width)
      tell(h + "middle", layer.middle, width)
      tell(h + "ln_2.statistics", layer.norm2, 2)
      tell(h + "up", layer.up, 4 * width)
    }
    tell("last", last, width)
    tell("ln_f.statistics", finalNorm, 2)
    tell("hidden", hidden, width)
    tell("logits", logits, configuration.vocabulary)
    if configuration.valueHeadWidth > 0 {
      tell("value.0", value1, configuration.valueHeadWidth)
      tell("value.1", value2, configuration.valueHeadWidth)
      tell("values", values, 1)
    }
  }
}
