// What memory can do at best: loops that only load and store, 512 bytes at a time or more. Counts are multiples of 256
// floats.

/// Reads the four quarters of x side by side, which is faster from memory than one after the other. Loads are added in
/// pairs: there is one addition for each load, but only half of them are in the chains. With all of them in the eight
/// chains, the latency of an addition would not be hidden.
@inline(never)
package func readAll(_ x: UnsafePointer<Float>, count: Int) -> Float {
  let quarter = count / 4
  let (x1, x2, x3) = (x + quarter, x + 2 * quarter, x + 3 * quarter)
  var (s0, s1, s2, s3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
  var (s4, s5, s6, s7) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
  for i in stride(from: 0, to: quarter, by: 64) {
    s0 += load(x, i) + load(x, i + 16)
    s1 += load(x, i + 32) + load(x, i + 48)
    s2 += load(x1, i) + load(x1, i + 16)
    s3 += load(x1, i + 32) + load(x1, i + 48)
    s4 += load(x2, i) + load(x2, i + 16)
    s5 += load(x2, i + 32) + load(x2, i + 48)
    s6 += load(x3, i) + load(x3, i + 16)
    s7 += load(x3, i + 32) + load(x3, i + 48)
  }
  return ((s0 + s1) + (s2 + s3) + (s4 + s5) + (s6 + s7))[0]
}

/// y = x, by ordinary stores.
@inline(never)
package func copyAll(_ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, count: Int) {
  for i in stride(from: 0, to: count, by: 128) {
    let (a, b, c, d) = (load(x, i), load(x, i + 16), load(x, i + 32), load(x, i + 48))
    let (e, f, g, h) = (load(x, i + 64), load(x, i + 80), load(x, i + 96), load(x, i + 112))
    store(a, y, i)
    store(b, y, i + 16)
    store(c, y, i + 32)
    store(d, y, i + 48)
    store(e, y, i + 64)
    store(f, y, i + 80)
    store(g, y, i + 96)
    store(h, y, i + 112)
  }
}

/// y = y + x.
@inline(never)
package func updateAll(_ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, count: Int) {
  for i in stride(from: 0, to: count, by: 128) {
    let (a, b) = (load(x, i) + load(y, i), load(x, i + 16) + load(y, i + 16))
    let (c, d) = (load(x, i + 32) + load(y, i + 32), load(x, i + 48) + load(y, i + 48))
    let (e, f) = (load(x, i + 64) + load(y, i + 64), load(x, i + 80) + load(y, i + 80))
    let (g, h) = (load(x, i + 96) + load(y, i + 96), load(x, i + 112) + load(y, i + 112))
    store(a, y, i)
    store(b, y, i + 16)
    store(c, y, i + 32)
    store(d, y, i + 48)
    store(e, y, i + 64)
    store(f, y, i + 80)
    store(g, y, i + 96)
    store(h, y, i + 112)
  }
}

@inline(__always)
private func load(_ x: UnsafePointer<Float>, _ i: Int) -> Vector {
  UnsafeRawPointer(x + i).loadUnaligned(as: Vector.self)
}

@inline(__always)
private func store(_ v: Vector, _ y: UnsafeMutablePointer<Float>, _ i: Int) {
  UnsafeMutableRawPointer(y + i).storeBytes(of: v, as: Vector.self)
}
