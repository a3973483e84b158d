import SwerveText

/// Why names are no set of labels of a tree.
package enum LabelSetError: UserFacingError, Equatable {
  case empty
  /// - Parameter similar: a label of the tree that was probably meant.
  case unknown(name: String, similar: String?)
  case nameTwice(name: String)
  /// A label is in the set without its parent.
  case parentMissing(name: String, parent: String)

  package var message: String {
    switch self {
    case .empty: "no labels: at least one was expected"
    case .unknown(let name, _): "the tree has no label \(Self.shown(name))"
    case .nameTwice(let name): "the label \(Self.shown(name)) is there twice"
    case .parentMissing(let name, let parent):
      "the label \(Self.shown(name)) is there without its parent \(Self.shown(parent))"
    }
  }

  package var hint: String? {
    switch self {
    case .empty, .nameTwice: nil
    case .unknown(_, let similar):
      similar.map { "did you mean \(Self.shown($0))?" } ?? "the root is no label; names are compared byte for byte"
    case .parentMissing: "give the whole path, from a child of the root down"
    }
  }

  private static func shown(_ name: String) -> String { name.excerpt().debugDescription }
}

/// Sets of labels are lists of their numbers, ascending. A set is closed if it has, with each label, all labels above it.
extension LabelTree {
  /// The closed set of labels with these names, in any order.
  /// - Throws: for names that are no labels, that repeat, or that leave a parent out.
  package func set(named names: [String]) throws(LabelSetError) -> [Int] {
    if names.isEmpty { throw .empty }
    var members: Set<Int> = []
    var labels: [Int] = []
    for name in names {
      guard let label = index(of: name) else {
        throw .unknown(name: name, similar: suggestion(for: name, among: self.names))
      }
      if !members.insert(label).inserted { throw .nameTwice(name: name) }
      labels.append(label)
    }
    for label in labels {
      if let above = parent[label], !members.contains(above) {
        throw .parentMissing(name: self.names[label], parent: self.names[above])
      }
    }
    return labels.sorted()
  }

  /// The set with all labels above its labels.
  package func closed(_ set: [Int]) -> [Int] {
    var members: Set<Int> = []
    for label in set {
      var next: Int? = label
      while let label = next, members.insert(label).inserted { next = parent[label] }
    }
    return members.sorted()
  }

  package func isClosed(_ set: [Int]) -> Bool {
    let members = Set(set)
    return set.allSatisfy { parent[$0].map(members.contains) ?? true }
  }

  /// The last label of a closed set that is one path; nil for other sets.
  package func end(ofPath set: [Int]) -> Int? {
    guard let deepest = set.max(by: { depth[$0] < depth[$1] }), depth[deepest] == set.count, isClosed(set) else {
      return nil
    }
    return deepest
  }
}
