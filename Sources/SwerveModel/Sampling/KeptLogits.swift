import SwerveTensor
import Synchronization

/// The logits that the tokens of one text were drawn from.
package struct KeptLogits: Sendable {
  private let store: LogitStore?
  /// Where each token's are in the store.
  private var rows: [Int] = []

  init(in store: LogitStore?) { self.store = store }

  /// How many tokens have theirs.
  package var count: Int { rows.count }
  package var isEmpty: Bool { rows.isEmpty }

  /// The logits (V) that a token was drawn from. They are there as long as this value is.
  package subscript(token: Int) -> UnsafeBufferPointer<Float> {
    guard let store else { preconditionFailure("no logits were kept") }
    return store.row(rows[token])
  }

  mutating func append(_ logits: UnsafePointer<Float>) {
    if let store { rows.append(store.keep(logits)) }
  }
}

/// Rows of logits of several texts in one block. Texts take rows as they need them, so that no memory is between them.
final class LogitStore: Sendable {
  private let vocabulary: Int
  private let block: FloatBuffer
  private let used = Atomic<Int>(0)

  /// - Parameter rows: the most that will be kept.
  init(rows: Int, vocabulary: Int) {
    self.vocabulary = vocabulary
    block = FloatBuffer(count: rows * vocabulary)
  }

  func hasRoom(rows: Int) -> Bool { rows * vocabulary <= block.count }

  /// Forgets all rows, of which nobody has any.
  func clear() { used.store(0, ordering: .relaxed) }

  func row(_ index: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: block.pointer + index * vocabulary, count: vocabulary)
  }

  /// Copies a row, and returns its index. Several threads may call it at the same time.
  func keep(_ logits: UnsafePointer<Float>) -> Int {
    let index = used.wrappingAdd(1, ordering: .relaxed).oldValue
    precondition(hasRoom(rows: index + 1), "more logits than there is room for")
    (block.pointer + index * vocabulary).update(from: logits, count: vocabulary)
    return index
  }
}
