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

  /// Where the gradient of a parameter lies; nil for a frozen one, which has none.
  subscript(_ parameter: Parameter) -> UnsafeMutablePointer<Float>? {
    parameter.isFrozen ? nil : pointer + parameter.offset
  }

  /// How a product that is a weight's gradient starts: the lane's first shard overwrites what the block holds.
  var productStart: MatMulStart { isFirst ? .zero : .accumulate }

  /// Where a layer adds a gradient that no product writes; nil for a frozen parameter. The lane's first shard sets it to
  /// zeros, so call this only once for a shard.
  func sum(at parameter: Parameter, count: Int) -> UnsafeMutablePointer<Float>? {
    let sum = self[parameter]
    if isFirst { sum?.update(repeating: 0, count: count) }
    return sum
  }
}
