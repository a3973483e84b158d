/// Operations on a vocabulary axis whose entries form a tree. Each token's entries are computed alone.
extension Tensor {
  /// (tokens, V) to (tokens, V): log softmax among siblings, as (x - max) - log(sum(exp(x - max))); the sum is a chain in rising
  /// order of the siblings. An only child gets 0.
  /// Gradient: g - exp(y) sum(g) within the siblings, y the result; the sum is a chain in the same order.
  /// - Throws: `TensorError` for other shapes, or a tree of another size.
  package func siblingLogSoftmax(_ tree: TreeShape) throws -> Tensor {
    let size = try checkTree("sibling_log_softmax", tree)
    let groups = tree.siblings
    let exact = map(shiftedSiblings(tree, size), Exponential.self)
    let sums = filled(values.count) { out in
      forEachToken(size) { first in
        for group in groups {
          let sum = group.reduce(Float(0)) { $0 + exact[first + $1] }
          for entry in group { out[first + entry] = sum }
        }
      }
    }
    let logs = map(sums, Logarithm.self)
    let result = map(shiftedSiblings(tree, size), logs, -)
    return Tensor(
      result, shape,
      [
        Edge(self) { gradient in
          let probabilities = map(result, Exponential.self)
          return filled(gradient.count) { out in
            Self.forEachToken(gradient.count, size) { first in
              for group in groups {
                let sum = group.reduce(Float(0)) { $0 + gradient[first + $1] }
                for entry in group {
                  out[first + entry] = gradient[first + entry] - probabilities[first + entry] * sum
                }
              }
            }
          }
        }
      ])
  }

  /// x minus the largest of the siblings.
  private func shiftedSiblings(_ tree: TreeShape, _ size: Int) -> [Float] {
    filled(values.count) { out in
      forEachToken(size) { first in
        for group in tree.siblings {
          var largest = values[first + group[0]]
          for entry in group.dropFirst() where values[first + entry] > largest { largest = values[first + entry] }
          for entry in group { out[first + entry] = values[first + entry] - largest }
        }
      }
    }
  }

  /// (tokens, V) to (tokens, V): the logarithm of a softmax over the leaves, and for an inner entry of the sum of its leaves'
  /// probabilities. Only leaves of x are read.
  ///
  /// Order: going up, an inner entry is m + log(sum(exp(child - m))) with m its largest child, the sum a chain over the children
  /// in rising order; the roots are joined in the same way, and that is subtracted from every entry.
  /// Gradient: going down, an entry's gradient, plus what came from its parent, goes to its children by their shares
  /// exp(child - entry); inner entries of x get 0.
  /// - Throws: `TensorError` for other shapes, or a tree of another size.
  package func leafLogSoftmax(_ tree: TreeShape) throws -> Tensor {
    let size = try checkTree("leaf_log_softmax", tree)
    var sums = values
    var totals: [Float] = []
    forEachToken(size) { first in
      for entry in tree.topDown.reversed() where !tree.isLeaf(entry) {
        sums[first + entry] = Self.logSum(tree.children[entry].map { sums[first + $0] })
      }
      totals.append(Self.logSum(tree.roots.map { sums[first + $0] }))
    }
    let result = filled(values.count) { out in
      for index in 0..<values.count { out[index] = sums[index] - totals[index / size] }
    }
    return Tensor(
      result, shape,
      [
        Edge(self) { gradient in
          // The share of an entry in its parent; of a root in the total.
          let shares = map(
            filled(gradient.count) { out in
              Self.forEachToken(gradient.count, size) { first in
                for entry in 0..<size {
                  let parent = tree.parents[entry]
                  out[first + entry] =
                    result[first + entry] - (parent < 0 ? 0 : result[first + parent])
                }
              }
            }, Exponential.self)
          return filled(gradient.count) { out in
            Self.forEachToken(gradient.count, size) { first in
              let sum = (0..<size).reduce(Float(0)) { $0 + gradient[first + $1] }
              for entry in tree.topDown {
                let parent = tree.parents[entry]
                let above = parent < 0 ? 0 - sum : out[first + parent]
                out[first + entry] = gradient[first + entry] + above * shares[first + entry]
              }
              for entry in 0..<size where !tree.isLeaf(entry) { out[first + entry] = 0 }
            }
          }
        }
      ])
  }

  private static func logSum(_ x: [Float]) -> Float {
    guard var largest = x.first else { return -.infinity }
    for value in x.dropFirst() where value > largest { largest = value }
    return largest + exactLog(x.reduce(Float(0)) { $0 + exactExp($1 - largest) })
  }

  /// (tokens, V) to (tokens, V): the sum of the entries from the root down to this one, a chain in that order.
  /// Gradient: `subtreeSum` of g.
  /// - Throws: `TensorError` for other shapes, or a tree of another size.
  package func pathSum(_ tree: TreeShape) throws -> Tensor {
    let size = try checkTree("path_sum", tree)
    return Tensor(
      Self.pathSums(values, tree, size), shape, [Edge(self) { Self.subtreeSums($0, tree, size) }])
  }

  /// (tokens, V) to (tokens, V): the sum of the entry and of all below it; an entry's own value comes first, then its
  /// children's sums in rising order. Gradient: `pathSum` of g.
  /// - Throws: `TensorError` for other shapes, or a tree of another size.
  package func subtreeSum(_ tree: TreeShape) throws -> Tensor {
    let size = try checkTree("subtree_sum", tree)
    return Tensor(
      Self.subtreeSums(values, tree, size), shape, [Edge(self) { Self.pathSums($0, tree, size) }])
  }

  private static func pathSums(_ x: [Float], _ tree: TreeShape, _ size: Int) -> [Float] {
    var sums = x
    forEachToken(x.count, size) { first in
      for entry in tree.topDown where tree.parents[entry] >= 0 {
        sums[first + entry] = sums[first + tree.parents[entry]] + x[first + entry]
      }
    }
    return sums
  }

  private static func subtreeSums(_ x: [Float], _ tree: TreeShape, _ size: Int) -> [Float] {
    var sums = x
    forEachToken(x.count, size) { first in
      for entry in tree.topDown.reversed() {
        for child in tree.children[entry] { sums[first + entry] += sums[first + child] }
      }
    }
    return sums
  }

  private func checkTree(_ operation: String, _ tree: TreeShape) throws -> Int {
    let (_, size) = try vocabularyLayout(operation)
    if size != tree.count {
      throw TensorError(message: "\(operation) needs \(tree.count) values per token, one for each label, got \(size)")
    }
    return size
  }

  private func forEachToken(_ size: Int, _ body: (_ first: Int) -> Void) {
    Self.forEachToken(values.count, size, body)
  }

  private static func forEachToken(_ count: Int, _ size: Int, _ body: (_ first: Int) -> Void) {
    for first in stride(from: 0, to: count, by: size) { body(first) }
  }
}
