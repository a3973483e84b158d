import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveText

/// A batch made from a script's own numbers, for tests of rules and losses.
struct TestTokens {
  private(set) var layout = TokenLayout(rowLengths: [])
  /// The column that determined how long the rows are.
  private var shapedBy: String?
  private var columns: [(name: String, values: [Float], width: Int?)] = []
  private var texts: [String] = []
  private static let known = Column.names(for: .loss)
  /// The most tokens of a batch. Tests with numbers worked out by hand need far fewer.
  private static let mostTokens = 100_000

  /// - Parameter table: from names of columns to rows of numbers, or to one number for every token; `logits` has a list
  ///   of numbers for each token; `text` is a list of texts with a character for each token.
  init(_ table: LuaTable) throws {
    var numbers: [(name: String, value: Float)] = []
    for (key, value) in table.sortedPairs() {
      guard let name = key.asString, name == "text" || Self.known.containsExactly(name) else {
        let name = key.asString.map(label) ?? shown(key)
        throw ScriptError(
          "there is no column '\(name)'" + didYouMean(name, among: Self.known + ["text"]),
          hint: "columns: text, " + Self.known.joined(separator: ", "))
      }
      if name != "text", let number = value.asDouble {
        numbers.append((name, Float(number)))
      } else {
        try add(name, value)
      }
    }
    guard shapedBy != nil else {
      throw ScriptError("testing.tokens needs at least one column with a number for each token, as { { 1, 2 }, { 3 } }")
    }
    for (name, number) in numbers { fill(name, number) }
    for column in Column.all where !has(column.name) {
      if let standard = column.standard { fill(column.name, standard) }
    }
    if !has("old_logp"), let logp = columns.first(where: { $0.name == "logp" }) {
      columns.append(("old_logp", logp.values, nil))
    }
  }

  private func has(_ name: String) -> Bool { columns.contains { $0.name === name } }

  private mutating func fill(_ name: String, _ value: Float) {
    columns.append((name, [Float](repeating: value, count: layout.count), nil))
  }

  private mutating func add(_ name: String, _ value: LuaValue) throws {
    guard case .table(let rows) = value, rows.isSequence, rows.count > 0 else {
      throw ScriptError("column '\(name)' must be a list of rows, got \(shown(value))")
    }
    if name == "text" { return try addText(rows) }
    let rowValues = rows.elements()
    if name == "logits" { return try addLogits(rowValues) }
    let values = try rowValues.enumerated().map { try numbers($1, "row \($0 + 1) of column '\(name)'") }
    try shape(values.map(\.count), by: name)
    columns.append((name, values.flatMap { $0 }, nil))
  }

  private mutating func addText(_ rows: LuaTable) throws {
    texts = try rows.elements().enumerated().map { row, value in
      guard let text = value.asString else {
        throw ScriptError("row \(row + 1) of column 'text' must be a string, got \(shown(value))")
      }
      return text
    }
    try shape(texts.map(\.unicodeScalars.count), by: "text")
  }

  private mutating func addLogits(_ rows: [LuaValue]) throws {
    var lengths: [Int] = []
    var values: [[Float]] = []
    for (row, value) in rows.enumerated() {
      guard case .table(let tokens) = value, tokens.isSequence else {
        throw ScriptError("row \(row + 1) of column 'logits' must be a list of lists of numbers, got \(shown(value))")
      }
      lengths.append(tokens.count)
      values += try tokens.elements().enumerated().map { index, token in
        try numbers(token, "row \(row + 1), position \(index + 1) of column 'logits'")
      }
    }
    let width = values.first?.count ?? 0
    guard width > 0, values.allSatisfy({ $0.count == width }) else {
      throw ScriptError("column 'logits' must have the same number of entries, at least one, for every token")
    }
    try shape(lengths, by: "logits")
    columns.append(("logits", values.flatMap { $0 }, width))
  }

  private func numbers(_ value: LuaValue, _ what: String) throws -> [Float] {
    guard case .table(let table) = value, table.isSequence, let numbers = try? table.doubles() else {
      throw ScriptError("\(what) must be a list of numbers, got \(shown(value))")
    }
    return numbers.map(Float.init)
  }

  /// The first column determines how long the rows are; the others must agree.
  private mutating func shape(_ lengths: [Int], by name: String) throws {
    let found = TokenLayout(rowLengths: lengths)
    guard let first = shapedBy else {
      guard found.count <= Self.mostTokens else {
        throw ScriptError("testing.tokens takes at most \(Self.mostTokens) tokens, got \(found.count)")
      }
      (layout, shapedBy) = (found, name)
      return
    }
    guard found.rows == layout.rows else {
      throw ScriptError("column '\(name)' must have \(layout.rows) rows, as '\(first)' has, got \(found.rows)")
    }
    for row in 0..<found.rows where found.length(ofRow: row) != layout.length(ofRow: row) {
      throw ScriptError(
        "row \(row + 1) of column '\(name)' must have \(layout.length(ofRow: row)) tokens, as '\(first)' has, got "
          + "\(found.length(ofRow: row))")
    }
  }

  /// The batch as hooks see it. Each returned object makes its own tensors.
  func tokenColumns() throws -> TokenColumns {
    let text = texts.isEmpty ? String(repeating: "?", count: layout.count) : texts.joined()
    let scalars = text.unicodeScalars.sorted { $0.value < $1.value }
    let alphabet = scalars.reduce(into: String.UnicodeScalarView("?".unicodeScalars)) {
      if $0.last != $1 && $1 != "?" { $0.append($1) }
    }
    let tokenizer = try CharacterTokenizer(alphabet: String(alphabet))
    let tokens = try tokenizer.encode(text)
    let (columns, layout) = (columns, layout)
    return TokenColumns(layout: layout, tokens: tokens, tokenizer: tokenizer, names: names) { name in
      if let column = columns.first(where: { $0.name === name }) {
        let shape: TensorShape = column.width.map { .tokensBy(layout, $0) } ?? .tokens(layout)
        return Column.named(name)?.isDifferentiable == true
          ? try Tensor.variable(column.values, shape: shape) : try Tensor.constant(column.values, shape: shape)
      }
      return try Column.named(name)?.values(layout, tokens).map { try Tensor.constant($0, shape: .tokens(layout)) }
    }
  }

  /// The names of the columns that are present.
  private var names: [String] {
    Column.all.filter { has($0.name) || $0.isOfTokens }.map(\.name)
  }
}

extension TokenLayout {
  /// A number for each token, as a table of rows; with V numbers for each token they are tables, too.
  func table(_ values: [Float], width: Int? = nil, in state: LuaState) -> LuaTable {
    state.makeTable(
      (0..<rows).map { row in
        let range = range(ofRow: row)
        guard let width else { return .table(state.makeTable(numbers: values[range].map(Double.init))) }
        return .table(
          state.makeTable(
            range.map { token in
              .table(state.makeTable(numbers: values[token * width..<(token + 1) * width].map(Double.init)))
            }))
      })
  }
}
