import SwerveText

extension LabelTree {
  /// Reads a taxonomy: each line is a parent and its children, separated by tabs; the first line's parent is the root.
  /// Names are numbered as children from top to bottom and left to right. A line may come before the line that has its
  /// parent as a child. A line without children is allowed for a label, which is then a leaf.
  /// - Parameters:
  ///   - bytes: UTF-8; every line ends with a line feed.
  ///   - file: what errors call the file.
  /// - Throws: for anything that is no tree of labels with one name each.
  package init(bytes: some Sequence<UInt8>, file: String) throws(LabelTreeError) {
    var reader = TaxonomyReader(file: file)
    let bytes = Array(bytes)
    var start = 0
    while start < bytes.count {
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
        throw .cutOff(at: reader.place(reader.lines + 1))
      }
      try reader.read(bytes[start..<end])
      start = end + 1
    }
    self = try reader.tree()
  }
}

/// Reads the lines of a taxonomy one after the other.
private struct TaxonomyReader {
  /// The root or a label.
  private struct Node {
    let name: String
    var parent: Int?
    /// The line that has it as a child.
    var childLine: Int?
    /// The line that has its children.
    var parentLine: Int?
  }

  let file: String
  private(set) var lines = 0
  /// In the order in which they are named; the root is the first.
  private var nodes: [Node] = []
  private var numbers: [ExactString: Int] = [:]
  /// The nodes that are labels, in the order in which they are named as children.
  private var labels: [Int] = []

  init(file: String) { self.file = file }

  func place(_ line: Int) -> LabelTreeError.Place { LabelTreeError.Place(file: file, line: line) }

  /// - Parameter line: without its line feed.
  mutating func read(_ line: ArraySlice<UInt8>) throws(LabelTreeError) {
    lines += 1
    let place = place(lines)
    if line.last == UInt8(ascii: "\r") { throw .carriageReturn(at: place) }
    var names: [String] = []
    for field in line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false) {
      guard let name = String(validating: field, as: UTF8.self) else { throw .notUTF8(at: place) }
      if name.isEmpty {
        if lines == 1, names.isEmpty { throw .noRoot(file: file) }
        throw .emptyName(field: names.count + 1, at: place)
      }
      names.append(name)
    }
    let parent = node(named: names[0])
    if let first = nodes[parent].parentLine {
      throw .secondLine(name: names[0], at: place, firstLine: first)
    }
    nodes[parent].parentLine = lines
    if parent == 0, names.count == 1 { throw .noLabels(root: names[0], at: place) }
    for name in names.dropFirst() { try add(name, below: parent) }
  }

  private mutating func add(_ name: String, below parent: Int) throws(LabelTreeError) {
    let place = place(lines)
    let child = node(named: name)
    if child == 0 { throw .rootBelow(name: name, parent: nodes[parent].name, at: place) }
    if child == parent { throw .cycle(names: [name], at: place) }
    if let first = nodes[child].parent, let firstLine = nodes[child].childLine {
      // Each parent has one line.
      if first == parent { throw .nameTwice(name: name, at: place) }
      throw .twoParents(
        name: name, parent: nodes[parent].name, at: place, firstParent: nodes[first].name, firstLine: firstLine)
    }
    nodes[child].parent = parent
    nodes[child].childLine = lines
    labels.append(child)
  }

  private mutating func node(named name: String) -> Int {
    if let node = numbers[ExactString(name)] { return node }
    numbers[ExactString(name)] = nodes.count
    nodes.append(Node(name: name))
    return nodes.count - 1
  }

  func tree() throws(LabelTreeError) -> LabelTree {
    if nodes.isEmpty { throw .noRoot(file: file) }
    for node in nodes.dropFirst() where node.parent == nil {
      throw .unreachable(name: node.name, at: place(node.parentLine ?? lines))
    }
    if let cycle = firstCycle() { throw cycle }
    var labelNumbers = [Int?](repeating: nil, count: nodes.count)
    for (number, node) in labels.enumerated() { labelNumbers[node] = number }
    return LabelTree(
      rootName: nodes[0].name, names: labels.map { nodes[$0].name },
      parents: labels.map { node in nodes[node].parent.flatMap { labelNumbers[$0] } })
  }

  /// A cycle that the first label which does not lead up to the root leads to; every node but the root has a parent.
  private func firstCycle() -> LabelTreeError? {
    // The walk that met a node first.
    var walks = [Int?](repeating: nil, count: nodes.count)
    for start in nodes.indices {
      var node = start
      while walks[node] == nil {
        walks[node] = start
        guard let above = nodes[node].parent else { break }
        node = above
      }
      // The walk ended at the root, or at a node of an earlier walk, which had led to the root.
      if nodes[node].parent == nil || walks[node] != start { continue }
      var below = [node]
      while let above = nodes[below[below.count - 1]].parent, above != node { below.append(above) }
      let line = below.compactMap { nodes[$0].childLine }.min() ?? lines
      // It starts with the label that is named first.
      below.reverse()
      let first = below.indices.min { below[$0] < below[$1] } ?? 0
      return .cycle(names: (below[first...] + below[..<first]).map { nodes[$0].name }, at: place(line))
    }
    return nil
  }
}
