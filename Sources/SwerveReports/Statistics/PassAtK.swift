/// The probability that at least one of k answers to a problem is right, estimated from more answers than k.
enum PassAtK {
  /// The unbiased estimator 1 - C(n - c, k) / C(n, k), as the product of its factors (Chen et al. 2021, arXiv 2107.03374,
  /// section 2.1).
  /// - Parameters:
  ///   - k: 1...samples.
  ///   - samples: n, the answers that were given.
  ///   - successes: c, those of them that are right.
  static func estimate(_ k: Int, samples: Int, successes: Int) -> Double {
    precondition((1...samples).contains(k) && (0...samples).contains(successes), "k and c are at most n")
    let wrong = samples - successes
    if wrong < k { return 1 }
    // With k = 1 and with k = n the quotient is exact, and so is a problem without a right answer.
    if k == 1 { return Double(successes) / Double(samples) }
    var none = 1.0
    for index in 0..<k { none *= Double(wrong - index) / Double(samples - index) }
    return 1 - none
  }
}
