import SwerveText

/// The meaning of a word in capitals in the name of a metric.
package enum MetricVariable: String, CaseIterable, Sendable {
  case part = "PART"
  case own = "OWN"
  case estimator = "ESTIMATOR"
  case percent = "PERCENT"
  case set = "SET"
  case group = "GROUP"
  case coefficient = "COEFFICIENT"
  case number = "NUMBER"
  case name = "NAME"
  case rule = "RULE"
  case depth = "DEPTH"

  package var doc: String {
    switch self {
    case .part: "a part of the loss, by the name that the loss gives it"
    case .own: "a part of a loss of the script's own"
    case .estimator: "an estimator of the KL divergence, as `kl.estimator` names it: k1, k2, k3 or full"
    case .percent: "1, 5, 10, 25 or 50"
    case .set: "a problem set of `eval.sets`"
    case .group: "a group of the task's critical tokens"
    case .coefficient: "a coefficient of the loss: kl, vf, entropy, clip and its like, and those of `coefficients`"
    case .number: "a number that the rule gives as its second result"
    case .name: "a number that `log` gives"
    case .rule: "an inference rule of `decode`"
    case .depth: "a depth of the tree of labels, 1 for the children of the root"
    }
  }

  /// Whether its values may contain a '/'.
  fileprivate var spansParts: Bool {
    switch self {
    case .part, .own, .group, .number, .name: true
    case .estimator, .percent, .set, .coefficient, .rule, .depth: false
    }
  }
}

/// The name of a metric, or of a family of them: "loss" or "critical/SET/GROUP".
package struct MetricPattern: Sendable {
  private enum Piece: Sendable {
    case text(String)
    case variable(MetricVariable)
  }

  package let text: String
  package let variables: [MetricVariable]
  private let pieces: [Piece]

  /// - Parameter text: every word in capitals must be a `MetricVariable`.
  init(_ text: String) {
    self.text = text
    var pieces: [Piece] = []
    var rest = Substring(text).unicodeScalars
    while let first = rest.first {
      let isVariable = Self.isCapital(first)
      let word = rest.prefix { Self.isCapital($0) == isVariable }
      rest = rest.dropFirst(word.count)
      guard isVariable else {
        pieces.append(.text(String(word)))
        continue
      }
      guard let variable = MetricVariable(rawValue: String(word)) else {
        preconditionFailure("\(text) has a word in capitals that is no variable")
      }
      pieces.append(.variable(variable))
    }
    self.pieces = pieces
    variables = pieces.compactMap { if case .variable(let variable) = $0 { variable } else { nil } }
  }

  private static func isCapital(_ scalar: Unicode.Scalar) -> Bool { ("A"..."Z").contains(scalar) }

  /// The text in front of the first variable.
  var prefix: String {
    if case .text(let text)? = pieces.first { text } else { "" }
  }

  func matches(_ name: String) -> Bool { name.beginsExactly(with: prefix) && match(name, pieces[...]) }

  private func match(_ rest: String, _ pieces: ArraySlice<Piece>) -> Bool {
    switch pieces.first {
    case nil: return rest.isEmpty
    case .text(let text)?: return rest.rest(after: text).map { match($0, pieces.dropFirst()) } ?? false
    case .variable(let variable)?:
      // A variable that is not the last piece ends at the next '/'.
      let isLast = pieces.count == 1
      let word = isLast && variable.spansParts ? rest : rest.pieces(at: "/", omittingEmpty: false).first ?? ""
      return !word.isEmpty && rest.rest(after: word).map { match($0, pieces.dropFirst()) } ?? false
    }
  }

  /// The pattern as options of commands take it: `*` stands for each variable.
  package var glob: String { name { _ in "*" } }

  /// The name with a value for each variable.
  package func name(_ value: (MetricVariable) -> String) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .variable(let variable): value(variable)
      }
    }.joined()
  }
}
