import SwerveText

/// The names that the steps of a stage log, some of them only at evaluations. They distinguish a misspelt name from one
/// that has no value yet.
package struct MetricNames: CustomStringConvertible {
  /// The values of a variable of the table in a stage.
  package enum Values {
    case known([String])
    /// Names that only the script's hooks know.
    case open
  }

  /// In the order of the record.
  package let known: [String]
  /// Prefixes, such as "log/", of names that only the script's hooks know.
  package let open: [String]

  /// - Parameters:
  ///   - kind: the kind of the stage.
  ///   - values: the values of the variables that the stage has; it logs no row with another variable. `set` is what it
  ///     evaluates.
  ///   - unlogged: rows of the kind that this stage never logs.
  package init(kind: String, _ values: [MetricVariable: Values], without unlogged: [String] = []) {
    var known: [String] = []
    var open: [String] = []
    func add(_ row: MetricRow, _ values: [MetricVariable: Values]) {
      guard row.pattern.variables.allSatisfy({ values[$0] != nil }) else { return }
      if row.pattern.variables.contains(where: { if case .open? = values[$0] { true } else { false } }) {
        open.append(row.pattern.prefix)
      } else {
        known += Self.names(row.pattern, values)
      }
    }
    for row in MetricTable.rows where row.kinds.containsExactly(kind) {
      let isLogged = !unlogged.containsExactly(row.pattern.text)
      if row.scope != .clock && row.scope != .evaluation && isLogged { add(row, values) }
    }
    if case .known(let sets)? = values[.set] {
      for set in sets {
        let ofSet = values.merging([.set: .known([set])]) { $1 }
        for row in MetricTable.rows where row.scope == .evaluation && row.kinds.containsExactly(kind) {
          add(row, ofSet)
        }
      }
    }
    self.known = known
    self.open = open
  }

  private static func names(_ pattern: MetricPattern, _ values: [MetricVariable: Values]) -> [String] {
    var chosen: [[MetricVariable: String]] = [[:]]
    for variable in pattern.variables {
      guard case .known(let words)? = values[variable] else { return [] }
      chosen = chosen.flatMap { choice in words.map { choice.merging([variable: $0]) { $1 } } }
    }
    return chosen.map { choice in pattern.name { choice[$0] ?? "" } }
  }

  /// Whether some step may log a metric of this name.
  package func mayHold(_ name: String) -> Bool {
    known.containsExactly(name) || open.contains { name.beginsExactly(with: $0) && name !== $0 }
  }

  /// "loss, grad_norm, log/..."
  package var description: String { (known + open.map { $0 + "..." }).joined(separator: ", ") }
}
