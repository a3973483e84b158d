/// How the entries of a vocabulary axis hang together as a forest: each entry has a parent or is a root.
package struct TreeShape: Equatable, Sendable {
  /// -1 for a root.
  package let parents: [Int]
  /// Entries with the same parent, in rising order: first the roots, then the children of each entry in the order `topDown`.
  package let siblings: [[Int]]
  /// The children of each entry, in rising order.
  package let children: [[Int]]
  /// The roots, in rising order.
  package let roots: [Int]
  /// Every entry after its parent: level by level, within a level in rising order.
  package let topDown: [Int]

  /// - Parameter parents: of each entry, -1 for a root. The order of entries is free.
  /// - Precondition: parents are entries or -1, and there is no cycle.
  package init(parents: [Int]) {
    self.parents = parents
    var children = [[Int]](repeating: [], count: parents.count)
    var roots: [Int] = []
    for (entry, parent) in parents.enumerated() {
      precondition(parent >= -1 && parent < parents.count, "a parent is an entry, or -1")
      if parent < 0 { roots.append(entry) } else { children[parent].append(entry) }
    }
    self.children = children
    self.roots = roots
    var order: [Int] = []
    var level = roots
    while !level.isEmpty {
      order += level
      level = level.flatMap { children[$0] }.sorted()
    }
    precondition(order.count == parents.count, "entries of a tree form no cycle")
    topDown = order
    siblings = ([roots] + order.map { children[$0] }).filter { !$0.isEmpty }
  }

  package var count: Int { parents.count }

  package func isLeaf(_ entry: Int) -> Bool { children[entry].isEmpty }
}
