/// An inference rule: which labels a document gets, from the probabilities of all labels of a tree.
///
/// Ties are decided the same way everywhere. Candidates are scanned in a stated order, and one takes the place of the best
/// so far only if its value is larger by more than 1e-9 of it (`Ties`). An only child, for one, has exactly its parent's
/// probability.
package protocol LabelDecoder: Sendable {
  /// - Parameter probabilities: one for each label, in 0...1, none NaN.
  /// - Returns: a set of labels, ascending. Only rules that say so give sets that are not closed.
  func labels(_ probabilities: [Double]) -> [Int]
}

/// When a value counts as larger than another one.
enum Ties {
  /// Relative, as products of many probabilities fall below every absolute number.
  static let room = 1e-9

  static func exceeds(_ value: Double, _ best: Double) -> Bool { value > best * (1 + room) }

  /// The first of the best candidates.
  /// - Parameter candidates: one or more labels, in the order of the scan.
  static func best(of candidates: [Int], _ values: [Double]) -> Int {
    var best = candidates[0]
    for candidate in candidates.dropFirst() where exceeds(values[candidate], values[best]) { best = candidate }
    return best
  }
}
