/// McNemar's exact test: whether two models that answered the same problems are right equally often.
///
/// Only problems on which they differ count. If the models are equally good, each such problem is a fair coin, so that the
/// test is a two-sided binomial test with probability 1/2 (McNemar 1947, Psychometrika 12, with exact probabilities).
enum McNemar {
  /// The p-value: the probability, among equally good models, of a split at least as uneven as this one.
  ///
  /// It is computed only with additions, multiplications and divisions, to within some n ulps.
  /// - Parameters:
  ///   - wins: problems that only the one model has right.
  ///   - losses: problems that only the other has right.
  /// - Returns: nil where it is too small for a Double, below 1e-307.
  static func pValue(wins: Int, losses: Int) -> Double? {
    let n = wins + losses
    let fewer = min(wins, losses)
    if 2 * fewer >= n - 1 { return 1 }
    // C(n, fewer) / 2^n. Halving whenever the product is above 1 keeps it within range.
    var probability = 1.0
    var halvings = n
    for index in 0..<fewer {
      probability *= Double(n - index) / Double(index + 1)
      while probability > 1, halvings > 0 {
        probability *= 0.5
        halvings -= 1
      }
    }
    for _ in 0..<halvings where probability > 0 { probability *= 0.5 }
    // The terms below it, in units of it: C(n, i - 1) / C(n, i) = i / (n - i + 1).
    var sum = 1.0
    var term = 1.0
    for index in stride(from: fewer, to: 0, by: -1) where term > 0 {
      term *= Double(index) / Double(n - index + 1)
      sum += term
    }
    let value = 2 * (probability * sum)
    return value < 1e-307 ? nil : min(1, value)
  }
}
