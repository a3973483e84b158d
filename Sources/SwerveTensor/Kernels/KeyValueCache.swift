/// The cached keys and values of one text in one layer, in memory that the caller owns.
///
/// Keys lie in blocks of sixteen, transposed: block b holds (width, 16), so that the scores of sixteen keys are one
/// vector. Values lie in panels of 64 channels, each (length, 64), so that what is read together lies together. The
/// last panel is as wide as the remaining channels. Where a head's width is no multiple of a vector, one panel holds
/// all channels.
package struct KeyValueCache {
  /// Channels whose values are summed at a time: four vectors.
  static let panelWidth = 64

  let keys: UnsafeMutablePointer<Float>
  let values: UnsafeMutablePointer<Float>
  /// How many tokens there is room for.
  let length: Int
  /// Of keys and values.
  let heads: Int
  /// Channels of all keys, or of all values, of a token.
  let width: Int
  /// Channels of each panel of values except the last.
  private let panelWidth: Int

  /// How many floats the keys and the values take.
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
    panelWidth = width / heads % 16 == 0 ? Self.panelWidth : width
  }

  /// The first token's value of a channel.
  func value(_ channel: Int) -> UnsafeMutablePointer<Float> {
    let first = firstOfPanel(channel)
    return values + first * length + channel - first
  }

  /// The distance from a token's value of a channel to the next token's: the width of the channel's panel.
  func stride(_ channel: Int) -> Int { min(panelWidth, width - firstOfPanel(channel)) }

  /// The first channel of a channel's panel.
  private func firstOfPanel(_ channel: Int) -> Int { channel / panelWidth * panelWidth }

  /// Where the key of the token at `position` goes: its block (width, 16).
  package func keyBlock(_ position: Int) -> UnsafeMutablePointer<Float> { keys + position / 16 * keyBlockCount }

  /// Floats of a block of keys.
  var keyBlockCount: Int { 16 * width }

  /// Copies the first tokens of a cache of the same shape.
  package func copy(from other: KeyValueCache, tokens: Int) {
    keys.update(from: other.keys, count: (tokens + 15) / 16 * keyBlockCount)
    for c in Swift.stride(from: 0, to: width, by: panelWidth) {
      value(c).update(from: other.value(c), count: tokens * stride(c))
    }
  }

  /// Stores k and v (width) of the token at `position`.
  package func append(k: UnsafePointer<Float>, v: UnsafePointer<Float>, position: Int) {
    let key = keyBlock(position) + position % 16
    for c in 0..<width { key[16 * c] = k[c] }
    for c in Swift.stride(from: 0, to: width, by: panelWidth) {
      let channels = stride(c)
      (value(c) + position * channels).update(from: v + c, count: channels)
    }
  }
}
