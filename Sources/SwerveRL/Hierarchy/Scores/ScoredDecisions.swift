/// What one decoder decided about documents, as the counts that metrics are made of.
struct ScoredDecisions: Sendable {
  /// Counts of a document. For each depth, three more follow: labels of the closed set up to this depth, hits among them,
  /// and 1 if the labels of this depth are right.
  enum Fact: Int, CaseIterable {
    case predicted, hits, constrained, constrainedHits, closed, closedHits
    /// 1 or 0.
    case leavesAreRight, isExact
  }

  /// A predicted label and what it is.
  struct Cell {
    private let bits: UInt32

    var label: Int { Int(bits >> 2) }
    var isHit: Bool { bits & 1 != 0 }
    /// Whether all labels above it are predicted, too.
    var isConstrained: Bool { bits & 2 != 0 }

    init(label: Int, isHit: Bool, isConstrained: Bool) {
      bits = UInt32(label) << 2 | (isConstrained ? 2 : 0) | (isHit ? 1 : 0)
    }
  }

  let factsPerDocument: Int
  /// (documents, facts).
  private(set) var facts: [Int32] = []
  private(set) var cells: [Cell] = []
  /// Where each document's cells end.
  private(set) var cellEnds: [Int] = []

  init(_ tree: LabelTree) { factsPerDocument = Fact.allCases.count + 3 * tree.deepest }

  /// Where the three counts of a depth are among a document's facts.
  static func place(ofDepth depth: Int) -> Int { Fact.allCases.count + 3 * (depth - 1) }

  func cells(of document: Int) -> ArraySlice<Cell> {
    cells[(document == 0 ? 0 : cellEnds[document - 1])..<cellEnds[document]]
  }

  mutating func append(_ other: ScoredDecisions) {
    let start = cells.count
    facts += other.facts
    cells += other.cells
    cellEnds += other.cellEnds.map { start + $0 }
  }

  /// Adds what was decided about a document.
  /// - Parameters:
  ///   - labels: each once.
  ///   - document: its number in `truth`, which is the number that it gets here.
  mutating func add(_ labels: [Int], _ tree: LabelTree, _ truth: ScoredTruth, document: Int, _ marks: inout LabelMarks)
  {
    let start = facts.count
    facts += repeatElement(0, count: factsPerDocument)
    func count(_ fact: Fact, _ isSo: Bool) { if isSo { facts[start + fact.rawValue] += 1 } }
    let trueLabels = truth.labels(of: document)
    for label in trueLabels { marks.isTrue[Int(label)] = true }
    for label in labels { marks.isPredicted[label] = true }
    var (leaves, rightLeaves) = (Int32(0), Int32(0))
    for label in labels {
      var missing = tree.parent[label]
      while let above = missing, marks.isPredicted[above] { missing = tree.parent[above] }
      let cell = Cell(label: label, isHit: marks.isTrue[label], isConstrained: missing == nil)
      cells.append(cell)
      count(.predicted, true)
      count(.hits, cell.isHit)
      count(.constrained, cell.isConstrained)
      count(.constrainedHits, cell.isConstrained && cell.isHit)
      if tree.isLeaf(label) {
        leaves += 1
        if cell.isHit { rightLeaves += 1 }
      }
    }
    cellEnds.append(cells.count)
    // From here on, the marks are those of the closed set.
    var closed = labels
    var next = 0
    while next < closed.count {
      let label = closed[next]
      next += 1
      let place = start + Self.place(ofDepth: tree.depth[label])
      facts[place] += 1
      if marks.isTrue[label] { facts[place + 1] += 1 }
      if let above = tree.parent[label], !marks.isPredicted[above] {
        marks.isPredicted[above] = true
        closed.append(above)
      }
    }
    var (size, hits, trueSize) = (Int32(0), Int32(0), Int32(0))
    for depth in 1...tree.deepest {
      let place = start + Self.place(ofDepth: depth)
      let trueHere = truth.upToDepth[document * tree.deepest + depth - 1] - trueSize
      facts[place + 2] = facts[place] == trueHere && facts[place + 1] == trueHere ? 1 : 0
      trueSize += trueHere
      size += facts[place]
      hits += facts[place + 1]
      facts[place] = size
      facts[place + 1] = hits
    }
    facts[start + Fact.closed.rawValue] = size
    facts[start + Fact.closedHits.rawValue] = hits
    count(.leavesAreRight, leaves == truth.leaves[document] && rightLeaves == leaves)
    count(.isExact, size == trueSize && hits == trueSize)
    for label in trueLabels { marks.isTrue[Int(label)] = false }
    for label in closed { marks.isPredicted[label] = false }
  }
}

/// Room for marks on labels, all false between uses.
struct LabelMarks {
  var isTrue: [Bool]
  var isPredicted: [Bool]

  init(_ tree: LabelTree) {
    isTrue = [Bool](repeating: false, count: tree.count)
    isPredicted = isTrue
  }
}
