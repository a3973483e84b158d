import SwerveTensor

/// The batches of each epoch: every document once. Documents are shuffled, sorted by length within blocks, cut into batches
/// of which the last of a block may be smaller, and the batches are shuffled. An epoch's numbers come from its own stream,
/// so that a run resumes in the middle of it.
struct DocumentOrder {
  private let lengths: [Int]
  private let batch: Int
  private let sorted: Int
  private let stream: RandomStream

  /// - Parameters:
  ///   - lengths: tokens of each document.
  ///   - batch: documents of a batch.
  ///   - sorted: documents of a block. It is rounded up to a multiple of `batch`, so that only the last batch of an epoch is
  ///     smaller than the others.
  init(lengths: [Int], batch: Int, sorted: Int, _ stream: RandomStream) {
    self.lengths = lengths
    self.batch = batch
    self.sorted = (max(sorted, 1) + batch - 1) / batch * batch
    self.stream = stream
  }

  /// - Parameter epoch: from 0.
  /// - Returns: the indices of each batch's documents.
  func batches(epoch: Int) -> [[Int]] {
    var order = Array(lengths.indices)
    var cursor = stream.cursor(step: epoch, row: 0)
    cursor.shuffle(&order)
    var batches: [[Int]] = []
    for first in stride(from: 0, to: order.count, by: sorted) {
      var block = Array(order[first..<min(first + sorted, order.count)])
      // Equal lengths stay in their order.
      if sorted > batch { block = block.enumerated().sorted { (lengths[$0.1], $0.0) < (lengths[$1.1], $1.0) }.map(\.1) }
      for start in stride(from: 0, to: block.count, by: batch) {
        batches.append(Array(block[start..<min(start + batch, block.count)]))
      }
    }
    cursor.shuffle(&batches)
    return batches
  }
}
