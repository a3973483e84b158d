// Rotary positions (Su et al. 2021), in the layout that splits a head in halves: entries i and i + d/2 form a pair that
// turns by an angle for each position, the pair's frequency (RotaryFrequencies.swift).

import Synchronization

/// cos and sin for every position and pair, computed in Double by a fixed sequence of operations.
///
/// Positions are computed in pieces, each when a text first reaches it: files announce contexts that are far longer than
/// any text, and a table of all their positions would be larger than the file. Safe from many threads.
package final class RotaryTable: @unchecked Sendable {
  let pairs: Int
  /// The rotation of each pair from one position to the next.
  private let steps: [(cos: Double, sin: Double)]
  /// The rows of each piece, (positions of a piece, 2, pairs): the cosines of a position, then its sines. nil: not yet.
  private let pieces: UnsafeMutableBufferPointer<Atomic<UnsafeMutablePointer<Float>?>>
  private let progress: Mutex<Progress>

  private struct Progress {
    var pieces = 0
    /// Of each pair at the first position of the next piece.
    var rotations: [(cos: Double, sin: Double)]
  }

  private static let positionsOfPiece = 256

  /// - Parameter frequencies: of each pair, in 0...1.
  package init(context: Int, frequencies: [Double]) {
    pairs = frequencies.count
    steps = frequencies.map { unitRotation(angle: $0) }
    pieces = .allocate(capacity: (context + Self.positionsOfPiece - 1) / Self.positionsOfPiece)
    for index in pieces.indices { pieces.initializeElement(at: index, to: Atomic(nil)) }
    progress = Mutex(Progress(rotations: frequencies.map { _ in (1, 0) }))
  }

  deinit {
    for index in pieces.indices { pieces[index].load(ordering: .acquiring)?.deallocate() }
    pieces.deinitialize().deallocate()
  }

  /// The cosines of a position's pairs; its sines follow them. They live as long as the table.
  /// - Precondition: the position is in the context.
  @inline(__always)
  package func row(_ position: Int) -> UnsafePointer<Float> {
    let (piece, index) = position.quotientAndRemainder(dividingBy: Self.positionsOfPiece)
    let rows = pieces[piece].load(ordering: .acquiring) ?? made(piece)
    return UnsafePointer(rows + index * 2 * pairs)
  }

  /// A piece that was not there yet, with all before it.
  private func made(_ wanted: Int) -> UnsafeMutablePointer<Float> {
    progress.withLock { progress in
      while progress.pieces <= wanted {
        pieces[progress.pieces].store(nextRows(&progress.rotations), ordering: .releasing)
        progress.pieces += 1
      }
    }
    return pieces[wanted].load(ordering: .acquiring)!
  }

  /// One turn for position 1, then repeated complex products: angles stay exact to about context * 2^-52.
  private func nextRows(_ rotations: inout [(cos: Double, sin: Double)]) -> UnsafeMutablePointer<Float> {
    let rows = UnsafeMutablePointer<Float>.allocate(capacity: Self.positionsOfPiece * 2 * pairs)
    for (pair, step) in steps.enumerated() {
      var (c, s) = rotations[pair]
      for position in 0..<Self.positionsOfPiece {
        let row = rows + position * 2 * pairs
        (row + pair).initialize(to: Float(c))
        (row + pairs + pair).initialize(to: Float(s))
        (c, s) = ((-(s * step.sin)).addingProduct(c, step.cos), (s * step.cos).addingProduct(c, step.sin))
      }
      rotations[pair] = (c, s)
    }
    return rows
  }
}

/// cos and sin of an angle in [0, 1], by Taylor series.
private func unitRotation(angle: Double) -> (cos: Double, sin: Double) {
  var cosine = 1.0
  var sine = angle
  var term = 1.0
  for n in 1...10 {
    term *= -angle * angle / Double((2 * n - 1) * (2 * n))
    cosine += term
    sine += term * angle / Double(2 * n + 1)
  }
  return (cosine, sine)
}

/// Rotates one row x (width) of queries or keys by its position. `direction` is 1 forward, -1 for the gradient.
///
///   x_i' = fma(x_i, cos, -(x_j sin))      x_j' = fma(x_i, sin, x_j cos)      j = i + d/2
package func rotate(
  _ x: UnsafeMutablePointer<Float>, position: Int, heads: Int, table: RotaryTable, direction: Float
) {
  let pairs = table.pairs
  let cosine = table.row(position)
  let sine = cosine + pairs
  for head in 0..<heads {
    let low = x + head * 2 * pairs
    let high = low + pairs
    @inline(__always)
    func step(_ i: Int, _ n: Int) {
      let c = cosine.vector(i, first: n)
      let s = sine.vector(i, first: n) * direction
      let a = low.reading.vector(i, first: n)
      let b = high.reading.vector(i, first: n)
      // The unary minus of a vector computes 0 - x, which turns 0 into 0, not into -0.
      low.store(fma(a, c, b * (s * -1)), i, first: n)
      high.store(fma(a, s, b * c), i, first: n)
    }
    forEachVector(of: pairs, step)
  }
}
