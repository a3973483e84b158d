// What one row of logits says about its token, in one pass: log-probability, entropy, and the exact KL to a reference.
//
//   z = logits / tau      top = max z      e_v = exp(z_v - top)      total = sum e      logp_v = (z_v - top) - log(total)
//   entropy = -sum p_v logp_v                kl = sum p_v (logp_v - refLogp_v)              p_v = exp(logp_v)
//
// Order of operations: division by tau is a product with 1 / tau; every sum runs in 16 lanes (entry v in lane v mod 16,
// in increasing v, products fused) and the fixed tree.
//
// Accuracy of logp against Double (tested, up to 50257 entries): 2 units in the last place of the row's largest.

/// The normalizer of one row.
package struct SoftmaxRow {
  package let inverseTemperature: Float
  package let top: Float
  package let total: Float
  package let logTotal: Float

  /// - Parameter inverseTemperature: 1 / tau.
  @inline(__always)
  package init(_ logits: UnsafePointer<Float>, count: Int, inverseTemperature: Float) {
    var highest = Vector(repeating: -.infinity)
    for v in stride(from: 0, to: count, by: 16) {
      var z = logits.vector(v, first: count - v) * inverseTemperature
      if count - v < 16 { z.replace(with: -.infinity, where: laneNumber .>= Float(count - v)) }
      highest = maximum(highest, z)
    }
    let top = highest.largest
    var sum = Vector(repeating: 0)
    for v in stride(from: 0, to: count, by: 16) {
      var e = exactExp(logits.vector(v, first: count - v) * inverseTemperature - top)
      if count - v < 16 { e.replace(with: 0, where: laneNumber .>= Float(count - v)) }
      sum += e
    }
    self.inverseTemperature = inverseTemperature
    self.top = top
    total = sum.treeSum
    logTotal = exactLog(total)
  }

  /// A normalizer that was computed before.
  package init(inverseTemperature: Float, top: Float, total: Float, logTotal: Float) {
    (self.inverseTemperature, self.top, self.total, self.logTotal) = (inverseTemperature, top, total, logTotal)
  }

  /// exp(z - top) of an entry whose logit is given.
  package func weight(_ logit: Float) -> Float { exactExp(logit * inverseTemperature - top) }

  /// The sum of e (z - top), 0 where e is 0: an impossible entry has z = -infinity, and 0 times that would be NaN.
  package func weightedTotal(_ logits: UnsafePointer<Float>, count: Int) -> Float {
    var sum = Vector(repeating: 0)
    for v in stride(from: 0, to: count, by: 16) {
      let z = logits.vector(v, first: count - v) * inverseTemperature - top
      var e = exactExp(z)
      if count - v < 16 { e.replace(with: 0, where: laneNumber .>= Float(count - v)) }
      sum += (e * z).replacing(with: 0, where: e .== 0)
    }
    return sum.treeSum
  }

  /// out[v] = e_v (1 / total), the probability of entry v.
  /// - Parameter logits: the logits that this normalizer was computed from.
  package func probabilities(_ out: UnsafeMutablePointer<Float>, _ logits: UnsafePointer<Float>, count: Int) {
    let scale = 1 / total
    for v in stride(from: 0, to: count, by: 16) {
      let z = logits.vector(v, first: count - v) * inverseTemperature
      out.store(exactExp(z - top) * scale, v, first: count - v)
    }
  }

  /// The log-probability of an entry whose logit is given.
  @inline(__always)
  package func logp(_ logit: Float) -> Float {
    (logit * inverseTemperature - top) - logTotal
  }
}

/// out[v] = log-probability of entry v.
/// - Returns: the normalizer.
@discardableResult
package func logSoftmax(
  _ out: UnsafeMutablePointer<Float>, _ logits: UnsafePointer<Float>, count: Int, inverseTemperature: Float
) -> SoftmaxRow {
  let row = SoftmaxRow(logits, count: count, inverseTemperature: inverseTemperature)
  for v in stride(from: 0, to: count, by: 16) {
    let z = logits.vector(v, first: count - v) * inverseTemperature
    out.store((z - row.top) - row.logTotal, v, first: count - v)
  }
  return row
}

/// Statistics of the distribution that a row gives its token, in nats.
package struct RowStatistics {
  package let entropy: Float
  /// The exact divergence from the reference; 0 without one.
  package let kl: Float
}

/// out[v] = log-probability of entry v, as `logSoftmax` writes it, with the sums over the row in the same pass.
/// - Parameter refLogp: the reference's log-probabilities (count).
package func tokenStatistics(
  _ out: UnsafeMutablePointer<Float>, _ logits: UnsafePointer<Float>, refLogp: UnsafePointer<Float>? = nil, count: Int,
  inverseTemperature: Float
) -> RowStatistics {
  let row = SoftmaxRow(logits, count: count, inverseTemperature: inverseTemperature)
  return statistics(row, logits, refLogp: refLogp, count: count) { out.store($0, $1, first: $2) }
}

/// The same without the log-probabilities, which `SoftmaxRow.logp` gives from the logits.
package func tokenStatistics(
  of row: SoftmaxRow, _ logits: UnsafePointer<Float>, refLogp: UnsafePointer<Float>?, count: Int
) -> RowStatistics {
  statistics(row, logits, refLogp: refLogp, count: count) { _, _, _ in }
}

/// - Parameter write: gets 16 log-probabilities, the index of the first, and how many of them are there.
@inline(__always)
private func statistics(
  _ row: SoftmaxRow, _ logits: UnsafePointer<Float>, refLogp: UnsafePointer<Float>?, count: Int,
  _ write: (_ logp: Vector, _ first: Int, _ count: Int) -> Void
) -> RowStatistics {
  var negentropy = Vector(repeating: 0)
  var kl = Vector(repeating: 0)
  for v in stride(from: 0, to: count, by: 16) {
    let n = count - v
    let l = (logits.vector(v, first: n) * row.inverseTemperature - row.top) - row.logTotal
    write(l, v, n)
    var p = exactExp(l)
    if n < 16 { p.replace(with: 0, where: laneNumber .>= Float(n)) }
    negentropy = fma(p, l, negentropy)
    if let refLogp { kl = fma(p, l - refLogp.vector(v, first: n), kl) }
  }
  return RowStatistics(entropy: 0 - negentropy.treeSum, kl: kl.treeSum)
}

/// The exact KL divergence of two rows of log-probabilities, in nats: sum p (log p - log q).
package func klDivergence(logp: UnsafePointer<Float>, refLogp: UnsafePointer<Float>, count: Int) -> Float {
  var sum = Vector(repeating: 0)
  for v in stride(from: 0, to: count, by: 16) {
    let l = logp.vector(v, first: count - v)
    var p = exactExp(l)
    if count - v < 16 { p.replace(with: 0, where: laneNumber .>= Float(count - v)) }
    sum = fma(p, l - refLogp.vector(v, first: count - v), sum)
  }
  return sum.treeSum
}

/// The gradient of a token's statistics with respect to its logits, added to dLogits (count).
///
///   dz_v = dLogp ([v = token] - p_v) - dEntropy p_v (logp_v + entropy) + dKL p_v ((logp_v - refLogp_v) - kl)
///   dLogits_v += dz_v / tau
package struct TokenGradient {
  package var token: Int
  package var logp: Float
  package var entropy: Float = 0
  package var kl: Float = 0

  package init(token: Int, logp: Float, entropy: Float = 0, kl: Float = 0) {
    self.token = token
    self.logp = logp
    self.entropy = entropy
    self.kl = kl
  }
}

/// - Parameters:
///   - logp: the row's log-probabilities at tau (count).
///   - refLogp: the reference's, read only where `gradient.kl` is not 0.
///   - entropy: the row's entropy; kl: its divergence.
package func tokenStatisticsBackward(
  dLogits: UnsafeMutablePointer<Float>, _ gradient: TokenGradient, logp: UnsafePointer<Float>,
  refLogp: UnsafePointer<Float>?, entropy: Float, kl: Float, count: Int, inverseTemperature: Float
) {
  statisticsBackward(
    dLogits: dLogits, gradient, refLogp: refLogp, entropy: entropy, kl: kl, count: count,
    inverseTemperature: inverseTemperature
  ) { logp.vector($0, first: $1) }
}

/// The same for a row whose log-probabilities were not kept: they are computed from its logits again, with the same bits.
/// - Parameter row: the normalizer of these logits.
package func tokenStatisticsBackward(
  dLogits: UnsafeMutablePointer<Float>, _ gradient: TokenGradient, of row: SoftmaxRow, _ logits: UnsafePointer<Float>,
  refLogp: UnsafePointer<Float>?, entropy: Float, kl: Float, count: Int
) {
  statisticsBackward(
    dLogits: dLogits, gradient, refLogp: refLogp, entropy: entropy, kl: kl, count: count,
    inverseTemperature: row.inverseTemperature
  ) { (logits.vector($0, first: $1) * row.inverseTemperature - row.top) - row.logTotal }
}

/// - Parameter logp: gives 16 log-probabilities, of which some may lie past the row: the index of the first, and how many
///   are left.
@inline(__always)
private func statisticsBackward(
  dLogits: UnsafeMutablePointer<Float>, _ gradient: TokenGradient, refLogp: UnsafePointer<Float>?, entropy: Float,
  kl: Float, count: Int, inverseTemperature: Float, logp: (_ first: Int, _ left: Int) -> Vector
) {
  for v in stride(from: 0, to: count, by: 16) {
    let n = count - v
    let l = logp(v, n)
    let p = exactExp(l)
    var dz = p * -gradient.logp
    dz = fma(p * -gradient.entropy, l + entropy, dz)
    if gradient.kl != 0, let refLogp { dz = fma(p * gradient.kl, (l - refLogp.vector(v, first: n)) - kl, dz) }
    dLogits.store(fma(dz, Vector(repeating: inverseTemperature), dLogits.reading.vector(v, first: n)), v, first: n)
  }
  dLogits[gradient.token] += gradient.logp * inverseTemperature
}

/// Picks an entry by one uniform number: the first whose cumulative weight (a chain over increasing v) exceeds u total.
/// A pure function of logits and u; an entry of weight 0 is never picked.
/// - Parameter row: the normalizer of these logits at this temperature.
/// - Precondition: no logit is NaN or +infinity: such a row has no weights to pick by.
package func pick(
  _ logits: UnsafePointer<Float>, _ row: SoftmaxRow, count: Int, uniform u: Float, weights: UnsafeMutablePointer<Float>
) -> Int {
  for v in stride(from: 0, to: count, by: 16) {
    weights.store(
      exactExp(logits.vector(v, first: count - v) * row.inverseTemperature - row.top), v, first: count - v)
  }
  var total: Float = 0
  for v in 0..<count { total += weights[v] }
  let threshold = u * total
  var cumulative: Float = 0
  var last = 0
  for v in 0..<count where weights[v] > 0 {
    cumulative += weights[v]
    last = v
    if cumulative > threshold { return v }
  }
  return last
}

/// The index of the largest logit; the first of equals.
/// - Precondition: no logit is NaN.
package func greedy(_ logits: UnsafePointer<Float>, count: Int) -> Int {
  var best = 0
  for v in 1..<max(count, 1) where logits[v] > logits[best] { best = v }
  return best
}
