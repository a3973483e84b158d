import SwerveTensor

/// The block of one lane, in the model's layout, to which a shard adds its gradient.
package struct GradientBlock {
  package let pointer: UnsafeMutablePointer<Float>
  /// The lane's first shard: its gradient takes the place of what the block holds, as if that were zeros.
  package let isFirst: Bool

  package init(_ pointer: UnsafeMutablePointer<Float>, isFirst: Bool) {
    self.pointer = pointer
    self.isFirst = isFirst
  }

  static func + (block: GradientBlock, offset: Int) -> UnsafeMutablePointer<Float> { block.pointer + offset }

  /// How a product that is a weight's gradient starts: it writes over what the lane's first shard finds.
  var productStart: MatMulStart { isFirst ? .zero : .accumulate }

  /// Where a layer adds what no product writes; zeros for the lane's first shard. To be called once for a shard.
  func sum(at offset: Int, count: Int) -> UnsafeMutablePointer<Float> {
    if isFirst { (pointer + offset).update(repeating: 0, count: count) }
    return pointer + offset
  }
}
