import SwerveTestSupport

@testable import SwerveRL

/// A random tree and random documents for it.
struct RandomTree {
  let tree: LabelTree

  /// - Parameters:
  ///   - labels: how many there are; their numbers are shuffled, so children may come before parents.
  ///   - onlyChildren: about one label in so many is below the label before it, which makes chains.
  init(labels: Int, deepest: Int = 6, onlyChildren one: Int = 5, _ random: inout TestRandom) throws {
    var parents: [Int?] = []
    var depth: [Int] = []
    for label in 0..<labels {
      let candidates = parents.indices.filter { depth[$0] < deepest }
      var parent = random.within(0...candidates.count) == 0 ? nil : candidates.randomElement(using: &random.cursor)
      if label > 0, random.within(1...one) == 1, depth[label - 1] < deepest { parent = label - 1 }
      parents.append(parent)
      depth.append(parent.map { depth[$0] + 1 } ?? 1)
    }
    var numbers = Array(0..<labels)
    random.cursor.shuffle(&numbers)
    var shuffled = [Int?](repeating: nil, count: labels)
    for (label, parent) in parents.enumerated() { shuffled[numbers[label]] = parent.map { numbers[$0] } }
    tree = try LabelTree(parents: shuffled)
  }

  /// A closed set that is not empty: the labels above some random ones.
  func closedSet(_ random: inout TestRandom) -> [Int] {
    tree.closed((0...random.within(0...2)).map { _ in random.within(0...tree.count - 1) })
  }

  func logits(spread: Float, _ random: inout TestRandom) -> [Double] {
    random.normals(tree.count, standardDeviation: spread).map(Double.init)
  }
}

extension LabelTree {
  /// Every closed set but the empty one; for small trees.
  var closedSets: [[Int]] {
    (1..<1 << count).map { bits in (0..<count).filter { bits >> $0 & 1 == 1 } }.filter(isClosed)
  }
}
