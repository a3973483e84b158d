import SwerveTensor
import SwerveText

/// How far a probability ratio may be below and above 1, for losses that clip it; nil: no bound.
struct ClipRange {
  var low: Float?
  var high: Float?
}

/// Some episodes of a batch, with the columns that do not change during the update.
struct Minibatch {
  let batch: RolloutBatch
  let rows: [Int]
  /// Its number in the update, from 1.
  let number: Int
  let layout: TokenLayout
  /// For each token, its packed index in the whole batch.
  private let indices: [Int]
  private let weights: TokenWeights

  init(_ batch: RolloutBatch, rows: [Int], weights: TokenWeights, number: Int = 1) {
    self.batch = batch
    self.number = number
    self.rows = rows
    self.weights = weights
    layout = TokenLayout(rowLengths: rows.map { batch.layout.length(ofRow: $0) })
    indices = rows.flatMap { batch.layout.range(ofRow: $0) }
  }

  var tokens: [Int32] { rows.flatMap { batch.episodes.generated[$0] } }

  /// A column that the update does not change, with default values for weights that the rule did not give; nil if there
  /// is no such column.
  /// - Parameter clip: the clip range of the coefficients.
  func constant(_ column: Column, clip: ClipRange) -> [Float]? {
    if case .batch(_, let replaced) = column.source, let given = replaced(weights) { return pick(given) }
    guard case .rule(let given, let otherwise) = column.source else { return batch.values(column).map(pick) }
    if let given = given(weights) { return pick(given) }
    return (column.standard ?? otherwise(clip)).map { [Float](repeating: $0, count: layout.count) }
  }

  private func pick(_ column: [Float]) -> [Float] { indices.map { column[$0] } }

  /// Whether the reference's log-probabilities over the vocabulary were kept.
  var hasReferenceRows: Bool { batch.reference.rows.count > 0 }

  /// Gives the reference's log-probabilities (V) at each token of the minibatch; nil if they were not kept. They are read
  /// where the batch has them, because copies would be as large as the batch.
  func withReferenceRows(_ body: (_ row: (_ token: Int) -> UnsafePointer<Float>?) -> Void) {
    let all = batch.reference.rows
    let v = all.count / max(batch.layout.count, 1)
    withExtendedLifetime(all) { body { token in hasReferenceRows ? all.pointer.reading + indices[token] * v : nil } }
  }
}
