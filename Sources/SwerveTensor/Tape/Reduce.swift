/// The sum of columns, the same on the tape and off it. Order: element i goes to lane i mod 16, each lane is a chain of
/// additions in increasing i that starts at 0, and the lanes are added by a fixed tree: i + (i+8), then + 4, + 2, + 1.
/// The sum of nothing is 0.
@inline(__always)
func laneSum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var lanes = Vector(repeating: 0)
  let whole = count & ~15
  for i in stride(from: 0, to: whole, by: 16) { lanes += x.vector(i) }
  // The empty lanes add 0; a chain that started at +0 is never -0, so that this changes no bit.
  if whole < count { lanes += x.vector(whole, first: count - whole) }
  return lanes.treeSum
}

/// `laneSum` of a whole array.
package func laneSum(_ x: [Float]) -> Float {
  x.withUnsafeBufferPointer { x in x.baseAddress.map { laneSum($0, x.count) } ?? 0 }
}

/// A sum that is used to decide whether values are equal: a chain of additions in Double in increasing i that starts at
/// 0. As a Float has 24 bits and a Double 53, the sum of up to 2^29 equal values is exact, and so is that sum divided
/// by their number.
@inline(__always)
func doubleSum(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
  var sum = 0.0
  for i in 0..<count { sum += Double(x[i]) }
  return sum
}

/// The mean of `count >= 1` values, `doubleSum` divided once; of up to 2^29 equal values it is exactly that value.
@inline(__always)
func doubleMean(_ x: UnsafePointer<Float>, _ count: Int) -> Double { doubleSum(x, count) / Double(count) }

/// The population's standard deviation of `count >= 1` values around their mean, in Double: the root of the mean of the
/// squared distances, a chain in increasing i. Of equal values it is exactly 0.
@inline(__always)
func doubleStandardDeviation(_ x: UnsafePointer<Float>, _ count: Int, around mean: Double) -> Double {
  var squares = 0.0
  for i in 0..<count {
    let distance = Double(x[i]) - mean
    squares += distance * distance
  }
  return (squares / Double(count)).squareRoot()
}

/// The standard deviation of an array, as above.
/// - Precondition: there is a value.
package func doubleStandardDeviation(_ values: [Float], around mean: Double) -> Double {
  values.withUnsafeBufferPointer { doubleStandardDeviation($0.baseAddress!, $0.count, around: mean) }
}

/// The mean of an array, as above; nil where there are no values.
package func doubleMean(_ values: [Float]) -> Double? {
  values.withUnsafeBufferPointer { x in x.isEmpty ? nil : x.baseAddress.map { doubleMean($0, x.count) } }
}

/// The first index of the smallest (or largest) of `count >= 1` values; the first NaN, if there is one.
func firstExtreme(_ x: UnsafePointer<Float>, _ count: Int, largest: Bool) -> Int {
  var best = 0
  if x[0].isNaN { return 0 }
  for i in 1..<count {
    if largest ? x[i] > x[best] : x[i] < x[best] { best = i }
    if x[i].isNaN { return i }
  }
  return best
}

/// The largest of `count >= 1` values, without a promise about NaN or the sign of a zero. So its order does not matter.
@inline(__always)
func largest(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  let whole = count & ~15
  var result = x[0]
  if whole > 0 {
    var lanes = x.vector(0)
    for i in stride(from: 16, to: whole, by: 16) { lanes = maximum(lanes, x.vector(i)) }
    result = lanes.largest
  }
  for i in whole..<count where x[i] > result { result = x[i] }
  return result
}
