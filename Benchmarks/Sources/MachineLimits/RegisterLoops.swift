// What the arithmetic units can do at best: loops that touch no memory, with more chains side by side than it takes to
// hide the latency of an operation. Each returns a value that depends on all chains, so that the compiler drops none.

/// Chains of `runMultiplyAdds`.
package let multiplyAddChains = 12

/// Fused multiply-adds: 12 chains of vectors, `steps` long.
@inline(never)
package func runMultiplyAdds(_ steps: Int) -> Float {
  var (x0, x1, x2, x3) = (start(0), start(1), start(2), start(3))
  var (x4, x5, x6, x7) = (start(4), start(5), start(6), start(7))
  var (x8, x9, xa, xb) = (start(8), start(9), start(10), start(11))
  let a = Vector(repeating: 0.999)
  let b = Vector(repeating: 0.001)
  for _ in 0..<steps {
    x0 = fma(a, x0, b)
    x1 = fma(a, x1, b)
    x2 = fma(a, x2, b)
    x3 = fma(a, x3, b)
    x4 = fma(a, x4, b)
    x5 = fma(a, x5, b)
    x6 = fma(a, x6, b)
    x7 = fma(a, x7, b)
    x8 = fma(a, x8, b)
    x9 = fma(a, x9, b)
    xa = fma(a, xa, b)
    xb = fma(a, xb, b)
  }
  return ((x0 + x1) + (x2 + x3) + (x4 + x5) + (x6 + x7) + (x8 + x9) + (xa + xb))[0]
}

/// Chains of `runExponentials` and `runDivisions`.
package let functionChains = 8

/// x = exp(-x): 8 chains of vectors, `steps` long. The sign costs one operation beside the two dozen of an exponential.
@inline(never)
package func runExponentials(_ steps: Int) -> Float {
  var (x0, x1, x2, x3) = (start(0), start(1), start(2), start(3))
  var (x4, x5, x6, x7) = (start(4), start(5), start(6), start(7))
  for _ in 0..<steps {
    x0 = exactExp(-x0)
    x1 = exactExp(-x1)
    x2 = exactExp(-x2)
    x3 = exactExp(-x3)
    x4 = exactExp(-x4)
    x5 = exactExp(-x5)
    x6 = exactExp(-x6)
    x7 = exactExp(-x7)
  }
  return ((x0 + x1) + (x2 + x3) + (x4 + x5) + (x6 + x7))[0]
}

/// x = 2 / x: 8 chains of vectors, `steps` long.
@inline(never)
package func runDivisions(_ steps: Int) -> Float {
  var (x0, x1, x2, x3) = (start(0), start(1), start(2), start(3))
  var (x4, x5, x6, x7) = (start(4), start(5), start(6), start(7))
  let a = Vector(repeating: 2)
  for _ in 0..<steps {
    x0 = a / x0
    x1 = a / x1
    x2 = a / x2
    x3 = a / x3
    x4 = a / x4
    x5 = a / x5
    x6 = a / x6
    x7 = a / x7
  }
  return ((x0 + x1) + (x2 + x3) + (x4 + x5) + (x6 + x7))[0]
}

/// One chain of additions of single floats, 8 `steps` long: the cost of a sum that adds its terms one after the other.
@inline(never)
package func runChainedAdditions(_ steps: Int, by a: Float) -> Float {
  var x: Float = 0
  for _ in 0..<steps {
    x += a
    x += a
    x += a
    x += a
    x += a
    x += a
    x += a
    x += a
  }
  return x
}

/// Multiplications of integers: 8 chains, `steps` long. Taking the high half of the product keeps the compiler from
/// vectorizing them.
@inline(never)
package func runMultiplications(_ steps: Int, by a: UInt64) -> UInt64 {
  var (x0, x1, x2, x3) = (a, a &+ 1, a &+ 2, a &+ 3)
  var (x4, x5, x6, x7) = (a &+ 4, a &+ 5, a &+ 6, a &+ 7)
  for _ in 0..<steps {
    x0 = a.multipliedFullWidth(by: x0).high | 1
    x1 = a.multipliedFullWidth(by: x1).high | 1
    x2 = a.multipliedFullWidth(by: x2).high | 1
    x3 = a.multipliedFullWidth(by: x3).high | 1
    x4 = a.multipliedFullWidth(by: x4).high | 1
    x5 = a.multipliedFullWidth(by: x5).high | 1
    x6 = a.multipliedFullWidth(by: x6).high | 1
    x7 = a.multipliedFullWidth(by: x7).high | 1
  }
  return ((x0 ^ x1) ^ (x2 ^ x3)) ^ ((x4 ^ x5) ^ (x6 ^ x7))
}

/// The start value of chain i. The values differ, so that the compiler can't merge the chains.
@inline(__always)
private func start(_ i: Float) -> Vector { Vector(repeating: 1 + i / 16) }
