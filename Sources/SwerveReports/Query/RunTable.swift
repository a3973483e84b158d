import SwerveFiles
import SwerveText

/// A table of selected columns of selected runs.
package struct RunTable {
  package let rows: [RunRow]
  package let columns: [String]
  private let fields: [RunField]

  /// - Parameter columns: names and patterns; nil for every fact that a list shows, all options and all metrics.
  /// - Throws: UsageError for a name that no run has.
  package init(_ rows: [RunRow], columns: [String]?) throws {
    let known = RunFields(rows)
    self.rows = rows
    self.columns =
      try columns.map { try $0.flatMap(known.names) }
      ?? ["name", "seed", "status", "steps", "planned", "stages", "task", "weights"]
      + known.options.map { "option." + $0 }
      + known.metrics.map { "metric." + $0 }
    // Without runs, no name can be checked.
    fields = rows.isEmpty ? [] : try self.columns.map(known.field)
  }

  /// Sorts the rows by one value; a minus before the name puts the largest first. Rows with equal values keep their
  /// order, and rows without a value come last.
  /// - Throws: UsageError for a name that no run has.
  package static func sorted(_ rows: [RunRow], by name: String) throws -> [RunRow] {
    if rows.isEmpty { return [] }
    let descending = name.rest(after: "-")
    let isDescending = descending != nil
    let field = try RunFields(rows).field(descending ?? name)
    let keyed = rows.enumerated().map { (index: $0, row: $1, value: field.value(in: $1)) }
    return keyed.sorted { a, b in
      let missing = (a.value.map(\.isUnordered) ?? true, b.value.map(\.isUnordered) ?? true)
      if missing.0 || missing.1 { return missing.0 == missing.1 ? a.index < b.index : missing.1 }
      guard let x = a.value, let y = b.value else { return a.index < b.index }
      let order = x.order(y) ?? x.rank - y.rank
      return order == 0 ? a.index < b.index : isDescending ? order > 0 : order < 0
    }.map(\.row)
  }

  /// The path, then the columns; "-" if a run has no such value.
  package func text() -> String {
    let body = rows.map { row in [row.path] + fields.map { $0.value(in: row)?.text ?? "-" } }
    return TextTable.text([["RUN"] + columns.map { $0.uppercased() }] + body)
  }

  package var json: JSONValue {
    .array(
      rows.map { row in
        .object(
          [JSONMember("path", .string(row.path))]
            + zip(columns, fields).map { JSONMember($0, $1.value(in: row)?.json ?? .null) })
      })
  }

  /// RFC 4180, with the names in the first line; an empty field if a run has no such value.
  package func csv() -> String {
    CSV.text([["path"] + columns] + rows.map { row in [row.path] + fields.map { $0.value(in: row)?.text ?? "" } })
  }
}
