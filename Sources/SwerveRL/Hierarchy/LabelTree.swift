import SwerveTensor
import SwerveText

/// A tree of labels, as hierarchical text classification uses it.
///
/// Labels are numbered from 0 in the order in which a file names them, so a child may have a lower number than its
/// parent; whoever goes from parents to children follows `topDown`. The root is no label: it has depth 0 and probability
/// 1, belongs to every set, and is never counted.
package struct LabelTree: Sendable {
  /// The root's name; it is shown and compared with nothing.
  package let rootName: String
  /// The name of each label; no two have the same bytes.
  package let names: [String]
  /// The label above each label; nil for a child of the root.
  package let parent: [Int?]
  /// The number of labels on the way from the root: 1 for the root's children.
  package let depth: [Int]
  /// The labels without children, ascending.
  package let leaves: [Int]
  /// The tree as the tape's operations see it.
  package let shape: TreeShape

  /// The labels below each label, ascending.
  package var children: [[Int]] { shape.children }
  /// The children of the root, ascending.
  package var roots: [Int] { shape.roots }
  /// All labels, parents before their children: by depth, then by number.
  package var topDown: [Int] { shape.topDown }
  /// The labels that share a parent, ascending: first the root's children, then those of each label in the order
  /// `topDown`. Every label is in exactly one group.
  package var siblingGroups: [[Int]] { shape.siblings }

  /// The leaves as a depth-first walk meets them, which goes to children in ascending order. So the leaves below a label
  /// are neighbours.
  package let leavesInWalk: [Int]
  /// Where the leaves below each label are in `leavesInWalk`.
  private let leafRanges: [Range<Int>]
  private let numbers: [ExactString: Int]

  package var count: Int { names.count }
  /// The depth of the deepest label.
  package let deepest: Int

  /// - Parameters:
  ///   - parents: of each label; every label leads up to the root.
  ///   - names: of each label, all different.
  init(rootName: String, names: [String], parents: [Int?]) {
    precondition(names.count == parents.count && !names.isEmpty, "a tree has labels, each with a name")
    self.rootName = rootName
    self.names = names
    parent = parents
    shape = TreeShape(parents: parents.map { $0 ?? -1 })
    let (children, roots, topDown) = (shape.children, shape.roots, shape.topDown)
    leaves = children.indices.filter { children[$0].isEmpty }
    var depth = [Int](repeating: 1, count: names.count)
    for label in topDown { if let above = parents[label] { depth[label] = depth[above] + 1 } }
    self.depth = depth
    deepest = depth[topDown[topDown.count - 1]]

    var walk: [Int] = []
    var ranges = [Range<Int>](repeating: 0..<0, count: names.count)
    // A label is on the stack twice: as itself before its subtree, and as its complement after it.
    var stack = Array(roots.reversed())
    while let next = stack.popLast() {
      if next < 0 {
        ranges[~next] = ranges[~next].lowerBound..<walk.count
      } else if children[next].isEmpty {
        ranges[next] = walk.count..<walk.count + 1
        walk.append(next)
      } else {
        ranges[next] = walk.count..<walk.count
        stack.append(~next)
        stack += children[next].reversed()
      }
    }
    leavesInWalk = walk
    leafRanges = ranges
    numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { (ExactString($1), $0) })
  }

  /// A tree whose labels are named 1, 2, 3, ... by their numbers plus 1.
  /// - Parameter parents: the number of each label's parent; nil for a child of the root.
  /// - Throws: `LabelTreeError.cycle` if a label does not lead up to the root, `.noLabels` without any.
  package init(parents: [Int?]) throws(LabelTreeError) {
    if parents.isEmpty { throw .noLabels(root: "root", at: nil) }
    for start in parents.indices {
      var (label, steps) = (start, 0)
      while let above = parents[label] {
        precondition(parents.indices.contains(above), "label \(label) has the parent \(above)")
        label = above
        steps += 1
        if steps > parents.count { throw .cycle(names: ["\(start + 1)"], at: nil) }
      }
    }
    self.init(rootName: "root", names: parents.indices.map { "\($0 + 1)" }, parents: parents)
  }

  /// The label with a name of these bytes; nil if there is none.
  package func index(of name: String) -> Int? { numbers[ExactString(name)] }

  package func isLeaf(_ label: Int) -> Bool { shape.isLeaf(label) }

  /// The leaves below a label in the order of `leavesInWalk`; the label itself if it is a leaf.
  package func leavesBelow(_ label: Int) -> ArraySlice<Int> { leavesInWalk[leafRanges[label]] }

  /// The number of leaves below a label, 1 for a leaf.
  package func leafCount(below label: Int) -> Int { leafRanges[label].count }

  /// The labels from a child of the root down to this one, both included.
  package func path(to label: Int) -> [Int] {
    var path = [label]
    path.reserveCapacity(depth[label])
    var next = label
    while let above = parent[next] {
      path.append(above)
      next = above
    }
    path.reverse()
    return path
  }

  /// The number of edges between two labels. The root is a node of the tree, so the way between two of its children has
  /// two edges.
  package func distance(_ first: Int, _ second: Int) -> Int {
    var (a, b): (Int?, Int?) = (first, second)
    var edges = 0
    while a != b {
      // The root is above everything, and the deeper of the two goes up.
      let (depthA, depthB) = (a.map { depth[$0] } ?? 0, b.map { depth[$0] } ?? 0)
      if depthA >= depthB { a = a.flatMap { parent[$0] } }
      if depthB >= depthA { b = b.flatMap { parent[$0] } }
      edges += depthA == depthB ? 2 : 1
    }
    return edges
  }

  /// The largest distance between two labels, 0 for a tree of one label.
  package var largestDistance: Int {
    // The height of a node is the number of edges down to its deepest leaf. The longest way turns at some node.
    var height = [Int](repeating: 0, count: count)
    var longest = 0
    /// The two largest heights of children, each with the edge to it; 0 where there is no child.
    func largestTwo(_ children: [Int]) -> (Int, Int) {
      children.reduce((0, 0)) { best, child in
        let arm = height[child] + 1
        return arm > best.0 ? (arm, best.0) : (best.0, max(best.1, arm))
      }
    }
    for label in topDown.reversed() {
      let (first, second) = largestTwo(children[label])
      height[label] = first
      longest = max(longest, first + second)
    }
    // The root is no label, so a way may turn there but not end there.
    let (first, second) = largestTwo(roots)
    return max(longest, second == 0 ? 0 : first + second)
  }
}
