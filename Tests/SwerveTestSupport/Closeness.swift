/// Where two lists of numbers disagree most, for `#expect(mismatch(found, expected, relative: 1e-6) == nil)`.
package struct Mismatch: Equatable, CustomStringConvertible {
  /// Place of the worst element; nil if the counts differ.
  package let index: Int?
  package let description: String
}

/// Compares element by element: |found - expected| <= absolute + relative * |expected|, in Double.
///
/// NaN agrees with NaN only, an infinity with the same infinity.
/// - Parameter slack: more absolute room for single elements, by index.
/// - Returns: nil if all agree, else the element that exceeds its room by the largest factor.
package func mismatch(
  _ found: [Float], _ expected: [Float], relative: Double = 0, absolute: Double = 0, slack: (Int) -> Double = { _ in 0 }
) -> Mismatch? {
  guard found.count == expected.count else {
    return Mismatch(index: nil, description: "\(found.count) values, expected \(expected.count)")
  }
  var worst: (index: Int, excess: Double)?
  for (index, (a, b)) in zip(found, expected).enumerated() where !(a == b || (a.isNaN && b.isNaN)) {
    let room = absolute + relative * Double(abs(b)) + slack(index)
    let ratio = abs(Double(a) - Double(b)) / room
    let excess = ratio.isNaN ? .infinity : ratio
    if excess > 1, excess > worst?.excess ?? 0 { worst = (index, excess) }
  }
  guard let worst else { return nil }
  let (a, b) = (found[worst.index], expected[worst.index])
  return Mismatch(
    index: worst.index,
    description: "element \(worst.index): \(a), expected \(b), \(ulpDistance(a, b)) ulps apart, "
      + "\(worst.excess) times the room given")
}

/// Compares element by element in units in the last place.
package func mismatch(_ found: [Float], _ expected: [Float], ulps: UInt64) -> Mismatch? {
  guard found.count == expected.count else {
    return Mismatch(index: nil, description: "\(found.count) values, expected \(expected.count)")
  }
  let distances = zip(found, expected).map(ulpDistance)
  guard let index = distances.indices.max(by: { distances[$0] < distances[$1] }), distances[index] > ulps else {
    return nil
  }
  return Mismatch(
    index: index,
    description: "element \(index): \(found[index]), expected \(expected[index]), \(distances[index]) ulps apart")
}

/// How many steps from one float to the next lie between two; 0 for equal bits, for both zeros and for any two NaNs.
package func ulpDistance(_ a: Float, _ b: Float) -> UInt64 {
  if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : .max }
  /// Floats in order as integers, with both zeros at 0.
  func rank(_ x: Float) -> Int64 {
    x.sign == .minus ? -Int64(x.bitPattern & 0x7FFF_FFFF) : Int64(x.bitPattern)
  }
  return (rank(a) - rank(b)).magnitude
}
