import SwerveTensor

/// The block of one lane, in the model's layout, to which a shard adds its gradient.
package struct GradientBlock {
  package let pointer: UnsafeMutablePointer<Float>
  /// Whether this is the lane's first shard. Its gradient replaces what the block holds, as if that were zeros.
  package let isFirst: Bool

  package init(_ pointer: UnsafeMutablePointer<Float>, isFirst: Bool) {
    self.pointer = pointer
    self.isFirst = isFirst
  }

  static func + (block: GradientBlock, offset: Int) -> UnsafeMutablePointer<Float> { block.pointer + offset }

  /// How a product that is a weight's gradient starts: the lane's first shard overwrites what the block holds.
  var productStart: MatMulStart { isFirst ? .zero : .accumulate }

  /// Where a layer adds a gradient that no product writes. The lane's first shard sets it to zeros, so call this only
  /// once for a shard.
  func sum(at offset: Int, count: Int) -> UnsafeMutablePointer<Float> {
    if isFirst { (pointer + offset).update(repeating: 0, count: count) }
    return pointer + offset
  }
}
