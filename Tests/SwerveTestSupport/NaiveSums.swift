/// The one sum of the kernels, written plainly: element i is folded into lane i mod 16, then the lanes are added 8
/// apart, 4 apart, 2 apart and 1 apart.
package func naiveLanes(_ count: Int, _ fold: (_ lane: Float, _ i: Int) -> Float) -> Float {
  var lanes = [Float](repeating: 0, count: 16)
  for i in 0..<count { lanes[i % 16] = fold(lanes[i % 16], i) }
  for step in [8, 4, 2, 1] { for lane in 0..<step { lanes[lane] += lanes[lane + step] } }
  return lanes[0]
}

/// a * b + c, rounded once.
package func fused(_ a: Float, _ b: Float, _ c: Float) -> Float { c.addingProduct(a, b) }

/// The largest number, the first of equals; NaN is passed over, as it exceeds nothing.
package func naiveLargest(_ x: [Float]) -> Float { x.reduce(-.infinity) { $1 > $0 ? $1 : $0 } }
