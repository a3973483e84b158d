/// Channels whose values lie together: four vectors, which are summed at a time.
let valuePanelWidth = 64

/// The cached keys and values of one text in one layer, in memory that the caller owns.
///
/// Keys lie in blocks of sixteen, transposed: block b holds (width, 16), so that the scores of sixteen keys are one vector.
/// Values lie in panels of 64 channels, each (length, 64), so that what is read together lies together; in one panel where
/// that would cut a head's vectors.
package struct KeyValueCache {
  let keys: UnsafeMutablePointer<Float>
  let values: UnsafeMutablePointer<Float>
  /// Tokens that there is room for.
  let length: Int
  let heads: Int
  let width: Int
  /// From a token's value of a channel to the next token's.
  let valueStride: Int

  /// Floats of keys and of values.
  package static func counts(length: Int, width: Int) -> (keys: Int, values: Int) {
    ((length + 15) / 16 * 16 * width, length * width)
  }

  /// - Parameters: keys, values: with room for as much as `counts` says.
  package init(
    keys: UnsafeMutablePointer<Float>, values: UnsafeMutablePointer<Float>, length: Int, heads: Int, width: Int
  ) {
    self.keys = keys
    self.values = values
    self.length = length
    self.heads = heads
    self.width = width
    valueStride = width % valuePanelWidth == 0 && width / heads % 16 == 0 ? valuePanelWidth : width
  }

  /// Where the first token's value of a channel is.
  func valueOffset(_ channel: Int) -> Int {
    channel / valueStride * valueStride * length + channel % valueStride
  }

  /// Takes k and v (width) of the token at `position`.
  package func append(k: UnsafePointer<Float>, v: UnsafePointer<Float>, position: Int) {
    let block = keys + (position / 16) * 16 * width + position % 16
    for c in 0..<width { block[16 * c] = k[c] }
    for c in stride(from: 0, to: width, by: valueStride) {
      (values + valueOffset(c) + position * valueStride).update(from: v + c, count: valueStride)
    }
  }
}
