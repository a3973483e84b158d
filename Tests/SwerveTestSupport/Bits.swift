/// Compares bit patterns element by element, so that -0 is not 0; any two NaNs agree.
/// - Returns: nil if all agree, else the first element that does not.
package func bitMismatch(_ found: [Float], _ expected: [Float]) -> Mismatch? {
  guard found.count == expected.count else {
    return Mismatch(index: nil, description: "\(found.count) values, expected \(expected.count)")
  }
  // Arrays of bits compare fast in a debug build, and almost always are the same.
  if found.map(\.bitPattern) == expected.map(\.bitPattern) { return nil }
  for (index, (a, b)) in zip(found, expected).enumerated()
  where a.bitPattern != b.bitPattern && !(a.isNaN && b.isNaN) {
    return Mismatch(
      index: index,
      description: "element \(index) of \(found.count): \(a), expected \(b), \(ulpDistance(a, b)) ulps apart")
  }
  return nil
}

/// The largest difference of two lists over the largest magnitude of the second: 1e-6 is about 8 units in the last
/// place of the largest element. NaN anywhere gives infinity.
package func relativeError(_ found: [Float], _ expected: [Double]) -> Double {
  precondition(found.count == expected.count, "\(found.count) values, expected \(expected.count)")
  var largest = 0.0
  var difference = 0.0
  for (a, b) in zip(found, expected) {
    if a.isNaN || b.isNaN { return .infinity }
    largest = max(largest, abs(b))
    difference = max(difference, abs(Double(a) - b))
  }
  return difference == 0 ? 0 : difference / largest
}

/// The same for expected values in Float.
package func relativeError(_ found: [Float], _ expected: [Float]) -> Double {
  relativeError(found, expected.map(Double.init))
}
