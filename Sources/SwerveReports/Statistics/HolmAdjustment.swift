/// Holm's step-down adjustment of p-values for the number of tests that were made.
///
/// If every adjusted value below 0.05 is called a difference, then the probability that at least one of them is a false
/// alarm is at most 5 %, however the tests depend on each other (Holm 1979, Scandinavian Journal of Statistics 6).
enum HolmAdjustment {
  /// The i-th smallest of m values becomes the largest of (m - j + 1) times the j-th smallest, over j from 1 to i; at
  /// most 1.
  /// - Parameter values: p-values in any order; nil where no test was possible, which does not count as one.
  /// - Returns: the adjusted values in the same order.
  static func adjusted(_ values: [Double?]) -> [Double?] {
    let tested = values.enumerated().compactMap { index, value in value.map { (index: index, value: $0) } }
    let sorted = tested.sorted { ($0.value, $0.index) < ($1.value, $1.index) }
    var result = [Double?](repeating: nil, count: values.count)
    var least = 0.0
    for (rank, test) in sorted.enumerated() {
      least = max(least, min(1, Double(sorted.count - rank) * test.value))
      result[test.index] = least
    }
    return result
  }
}
