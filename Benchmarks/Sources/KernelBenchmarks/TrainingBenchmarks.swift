import SwerveModel
import SwerveTensor

/// The work that a step does once for all weights.
func measureTraining(_ report: Report) {
  let pool = WorkerPool(threads: 1)
  for model in Model.allCases {
    let transformer = model.transformer()
    measureOptimizer(report, model, transformer, pool)
    measureLanes(report, model, count: transformer.layout.count, pool)
  }
  pool.close()
  let two = WorkerPool(threads: 2)
  report.measure("a pool's empty job", "2 threads") { two.run(2) { _, _ in } }
  two.close()
}

private func measureOptimizer(_ report: Report, _ model: Model, _ transformer: Transformer, _ pool: WorkerPool) {
  let count = transformer.layout.count
  let gradient = numbers(count, scale: 1e-3)
  let g = gradient.pointer.reading
  let optimizer = AdamW(transformer, options: AdamW.Options())
  // The gradient's norm reads it once more. Four arrays are read and three written; two divisions and a root for each.
  let work = Work(
    operations: Double(12 * count), divisions: Double(3 * count),
    traffic: Traffic(floats: 8 * count, .update, workingSet: 4 * count))
  report.measure("AdamW update", "\(model) \(count)", work) {
    keep(optimizer.update(gradient: g, learningRate: 1e-9, pool: pool))
  }
  withExtendedLifetime(gradient) {}
}

/// Adding up the lanes, with no gradient in between.
private func measureLanes(_ report: Report, _ model: Model, count: Int, _ pool: WorkerPool) {
  let lanes = GradientLanes(count: count)
  let shards = 8
  // There are fewer lanes for large models: GradientLanes keeps them below 256 MiB, but has at least two.
  let most = max(2, min(shards, (256 << 20) / (4 * count)))
  // All are read; the first four (or as many as are added to) are written again.
  let floats = (most + min(4, most - 1)) * count
  let work = Work(traffic: Traffic(floats: floats, .update, workingSet: most * count))
  // Memory that was never written would be one page of zeros.
  lanes.accumulate(shards: shards, pool: pool) { _, block, _ in block.pointer.update(repeating: 0, count: count) }
  report.measure("gradient lanes, combine", "\(model) \(most) x \(count)", work) {
    lanes.accumulate(shards: shards, pool: pool) { _, _, _ in }
  }
}

/// Random numbers at given positions, as sampling and initialization draw them.
func measureRandom(_ report: Report) {
  let stream = RandomStream(seed: 1, purpose: "benchmark")
  let count = 256
  report.measure("Philox uniform", "\(count) places", Work(multiplications: Double(20 * count))) {
    var sum: Float = 0
    for position in 0..<count { sum += stream.uniform(step: 1, row: 2, position: position) }
    keep(sum)
  }
  // A block of four words for four draws.
  report.measure("Philox cursor", "\(count) draws", Work(multiplications: Double(5 * count))) {
    var cursor = stream.cursor(step: 1, row: 2)
    var sum: Float = 0
    for _ in 0..<count { sum += cursor.uniform() }
    keep(sum)
  }
  report.measure("normal", "\(count) draws") {
    var cursor = stream.cursor(step: 1, row: 2)
    var sum: Float = 0
    for _ in 0..<count { sum += cursor.normal() }
    keep(sum)
  }
}
