import SwerveText

/// The condition that selects the runs of a list: comparisons of names with values, combined with and, or, not and
/// parentheses.
package indirect enum RunCondition: Equatable, Sendable {
  package enum Comparison: String, Sendable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
  }

  package enum Operand: Equatable, Sendable {
    case name(String)
    case value(RunValue)
  }

  case compare(Operand, Comparison, Operand)
  case not(RunCondition)
  case both(RunCondition, RunCondition)
  case either(RunCondition, RunCondition)

  /// The rows that meet the condition, in their order. A comparison with a value that a run does not have is false,
  /// even `!=`.
  /// - Throws: UsageError for a name that no run has, and for a value whose type no run has there.
  package func filter(_ rows: [RunRow]) throws -> [RunRow] {
    if rows.isEmpty { return [] }
    let test = try test(RunFields(rows), rows)
    return rows.filter(test)
  }

  private func test(_ fields: RunFields, _ rows: [RunRow]) throws -> (RunRow) -> Bool {
    switch self {
    case .not(let inner):
      let test = try inner.test(fields, rows)
      return { !test($0) }
    case .both(let a, let b):
      let (first, second) = (try a.test(fields, rows), try b.test(fields, rows))
      return { first($0) && second($0) }
    case .either(let a, let b):
      let (first, second) = (try a.test(fields, rows), try b.test(fields, rows))
      return { first($0) || second($0) }
    case .compare(let a, let comparison, let b):
      try Self.checkKinds(a, b, fields, rows)
      try Self.checkKinds(b, a, fields, rows)
      let (first, second) = (try a.reader(fields), try b.reader(fields))
      return { row in
        guard let x = first(row), let y = second(row) else { return false }
        return comparison.holds(x, y)
      }
    }
  }

  /// Refuses comparisons such as `alpha = "10"`, which would silently select nothing if alpha is a number.
  private static func checkKinds(_ a: Operand, _ b: Operand, _ fields: RunFields, _ rows: [RunRow]) throws {
    guard case .name(let name) = a, case .value(let value) = b else { return }
    let field = try fields.field(name)
    let found = rows.compactMap { field.value(in: $0) }
    guard let example = found.first, !found.contains(where: { $0.rank == value.rank }) else { return }
    throw UsageError(
      "--where compares '\(name)' with \(QueryToken.literal(value).shown), but it holds \(example.kind), such as "
        + QueryToken.literal(example).shown)
  }
}

extension RunCondition.Operand {
  fileprivate func reader(_ fields: RunFields) throws -> (RunRow) -> RunValue? {
    switch self {
    case .value(let value): return { _ in value }
    case .name(let name):
      let field = try fields.field(name)
      return { field.value(in: $0) }
    }
  }
}

extension RunCondition.Comparison {
  /// Values of different kinds are not equal and have no order; neither has NaN.
  fileprivate func holds(_ a: RunValue, _ b: RunValue) -> Bool {
    guard let order = a.order(b) else { return self == .notEqual }
    switch self {
    case .equal: return order == 0
    case .notEqual: return order != 0
    case .less: return order < 0
    case .atMost: return order <= 0
    case .greater: return order > 0
    case .atLeast: return order >= 0
    }
  }
}

extension RunCondition {
  /// - Throws: UsageError that names the column and what was expected there.
  package init(_ text: String) throws {
    var parser = try QueryParser(text)
    self = try parser.condition()
  }
}

/// `or` binds weaker than `and`, and `and` binds weaker than `not`.
private struct QueryParser {
  private static let depthLimit = 64
  private static let longest = 10_000
  private var lexer: QueryLexer
  private var token = QueryToken.end
  private var column = 1

  init(_ text: String) throws {
    guard text.utf8.count <= Self.longest else {
      throw UsageError("--where has \(text.utf8.count) characters, more than \(Self.longest)")
    }
    lexer = QueryLexer(text)
    try advance()
  }

  mutating func condition() throws -> RunCondition {
    let condition = try either(depth: 0)
    guard token == .end else { throw unexpected("'and', 'or' or the end") }
    return condition
  }

  private mutating func advance() throws { (token, column) = try lexer.next() }

  private mutating func either(depth: Int) throws -> RunCondition {
    var left = try both(depth: depth)
    while token == .or {
      try advance()
      left = .either(left, try both(depth: depth))
    }
    return left
  }

  private mutating func both(depth: Int) throws -> RunCondition {
    var left = try single(depth: depth)
    while token == .and {
      try advance()
      left = .both(left, try single(depth: depth))
    }
    return left
  }

  private mutating func single(depth: Int) throws -> RunCondition {
    guard depth < Self.depthLimit else {
      throw QueryLexer.error("conditions are nested deeper than \(Self.depthLimit)", column)
    }
    switch token {
    case .not:
      try advance()
      return .not(try single(depth: depth + 1))
    case .open:
      try advance()
      let inner = try either(depth: depth + 1)
      guard token == .close else { throw unexpected("')'") }
      try advance()
      return inner
    default: return try comparison()
    }
  }

  private mutating func comparison() throws -> RunCondition {
    let left = try operand("a name, a value, 'not' or '('")
    guard case .comparison(let comparison) = token else { throw unexpected("a comparison: = != < <= > >=") }
    try advance()
    return .compare(left, comparison, try operand("a name or a value"))
  }

  private mutating func operand(_ expected: String) throws -> RunCondition.Operand {
    switch token {
    case .name(let name):
      try advance()
      return .name(name)
    case .literal(let value):
      try advance()
      return .value(value)
    default: throw unexpected(expected)
    }
  }

  private func unexpected(_ expected: String) -> UsageError {
    QueryLexer.error("found \(token.shown), expected \(expected)", column)
  }
}
