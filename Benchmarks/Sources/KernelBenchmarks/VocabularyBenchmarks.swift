import SwerveRL
import SwerveTensor

/// Statistics of each token's row of logits: 256 rows of 24 entries, and 16 rows of 50257.
func measureVocabulary(_ report: Report) {
  for (rows, vocabulary) in [(256, 24), (16, 50257)] {
    measureStatistics(report, rows, vocabulary)
    measureChoice(report, rows, vocabulary)
    measureCertainty(report, rows, vocabulary)
  }
}

private func text(_ rows: Int, _ v: Int) -> String { "\(rows) rows of \(v)" }

private func measureStatistics(_ report: Report, _ rows: Int, _ v: Int) {
  let count = rows * v
  let (logits, logp, refLogp, dLogits) = (
    numbers(count, scale: 5), FloatBuffer(count: count), numbers(count, scale: 5), FloatBuffer(count: count)
  )
  let (x, l, r, d) = (logits.pointer.reading, logp.pointer, refLogp.pointer, dLogits.pointer)
  func work(_ floats: Int, _ pattern: Traffic.Pattern, _ operations: Int) -> Work {
    Work(
      operations: Double(operations * count), exponentials: Double(count),
      traffic: Traffic(floats: floats * count, pattern))
  }
  report.measure("log-softmax", text(rows, v), work(2, .copy, 8)) {
    for row in 0..<rows { logSoftmax(l + row * v, x + row * v, count: v, inverseTemperature: 1) }
  }
  for row in 0..<rows { logSoftmax(r + row * v, r.reading + row * v, count: v, inverseTemperature: 1) }
  // The sum of the weights takes one exponential for each entry, the statistics another.
  let twice = Work(
    operations: Double(12 * count), exponentials: Double(2 * count), traffic: Traffic(floats: 3 * count, .copy))
  report.measure("token statistics", text(rows, v), twice) {
    for row in 0..<rows {
      let found = tokenStatistics(
        l + row * v, x + row * v, refLogp: r.reading + row * v, count: v, inverseTemperature: 1)
      keep(found.entropy + found.kl)
    }
  }
  report.measure("KL divergence", text(rows, v), work(2, .read, 2)) {
    for row in 0..<rows { keep(klDivergence(logp: l.reading + row * v, refLogp: r.reading + row * v, count: v)) }
  }
  // The inverse temperature is 0, so that the gradient's sums stay finite however often this is called.
  let gradient = TokenGradient(token: 3, logp: 1, entropy: 0.5, kl: 0.5)
  report.measure("token statistics backward", text(rows, v), work(4, .update, 9)) {
    for row in 0..<rows {
      tokenStatisticsBackward(
        dLogits: d + row * v, gradient, logp: l.reading + row * v, refLogp: r.reading + row * v, entropy: 1, kl: 1,
        count: v, inverseTemperature: 0)
    }
  }
  withExtendedLifetime((logits, logp, refLogp, dLogits)) {}
}

private func measureChoice(_ report: Report, _ rows: Int, _ v: Int) {
  let count = rows * v
  let (logits, weights) = (numbers(count, scale: 2), FloatBuffer(count: v))
  let (x, w) = (logits.pointer.reading, weights.pointer)
  // The contract demands two sums in the order of the entries: one over all of them, and one up to the drawn token,
  // which is half of them on average. Chains of different rows could run side by side; those of one row can't.
  let passes = Work(exponentials: Double(2 * count))
  let chains = Work(chainedAdditions: 1.5 * Double(count))
  report.measure("pick", text(rows, v), passes, chains) {
    for row in 0..<rows {
      let u = (Float(row) + 0.5) / Float(rows)
      let normalizer = SoftmaxRow(x + row * v, count: v, inverseTemperature: 1)
      keep(Float(pick(x + row * v, normalizer, count: v, uniform: u, weights: w)))
    }
  }
  let compare = Work(operations: Double(count), traffic: Traffic(floats: count, .read))
  report.measure("greedy", text(rows, v), compare) {
    for row in 0..<rows { keep(Float(greedy(x + row * v, count: v))) }
  }
  withExtendedLifetime((logits, weights)) {}
}

private func measureCertainty(_ report: Report, _ rows: Int, _ v: Int) {
  let logits = numbers(rows * v, scale: 2)
  let row = UnsafeBufferPointer(start: logits.pointer, count: rows * v)
  // A division by the temperature in each of two passes, and the exponentials of the second.
  let work = Work(
    operations: Double(5 * rows * v), exponentials: Double(rows * v), divisions: Double(2 * rows * v),
    traffic: Traffic(floats: rows * v, .read))
  for measure in [CertaintyMeasure.negentropyMaxProb, .negentropy] {
    report.measure("certainty, \(measure.rawValue)", text(rows, v), work) {
      for i in 0..<rows {
        let logits = UnsafeBufferPointer(rebasing: row[i * v..<(i + 1) * v])
        keep(measure.certainty(logits: logits, token: 3, temperature: 4))
      }
    }
  }
  withExtendedLifetime(logits) {}
}
