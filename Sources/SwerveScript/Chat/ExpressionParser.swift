import SwerveText

/// An expression of a template, with Jinja's order of operators.
struct ExpressionParser {
  private let tokens: [TemplateToken]
  private var place = 0
  private var depth = 0
  private static let deepest = 100

  /// - Parameter allowsCondition: whether `a if b else c` may stand there.
  static func parse(_ tokens: [TemplateToken], allowsCondition: Bool = true) throws(TemplateError) -> TemplateExpression
  {
    var parser = ExpressionParser(tokens: tokens)
    let expression = try allowsCondition ? parser.expression() : parser.either()
    guard parser.place == tokens.count else {
      throw TemplateError(message: "it uses an expression that swerve does not know")
    }
    return expression
  }

  private init(tokens: [TemplateToken]) { self.tokens = tokens }

  private var token: TemplateToken? { place < tokens.count ? tokens[place] : nil }

  private mutating func take(_ expected: TemplateToken) -> Bool {
    guard token == expected else { return false }
    place += 1
    return true
  }

  private mutating func require(_ symbol: String) throws(TemplateError) {
    guard take(.symbol(symbol)) else { throw TemplateError(message: "an expression lacks \(symbol)") }
  }

  private mutating func expression() throws(TemplateError) -> TemplateExpression {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepest { throw TemplateError(message: "its expressions are nested too deep") }
    let value = try either()
    guard take(.name("if")) else { return value }
    let condition = try either()
    return .conditional(condition, then: value, else: take(.name("else")) ? try expression() : nil)
  }

  private mutating func either() throws(TemplateError) -> TemplateExpression {
    var left = try both()
    while take(.name("or")) { left = .binary("or", left, try both()) }
    return left
  }

  private mutating func both() throws(TemplateError) -> TemplateExpression {
    var left = try negation()
    while take(.name("and")) { left = .binary("and", left, try negation()) }
    return left
  }

  private mutating func negation() throws(TemplateError) -> TemplateExpression {
    guard take(.name("not")) else { return try comparison() }
    if token == .name("not") { throw TemplateError(message: "it uses `not not`") }
    return .not(try comparison())
  }

  private mutating func comparison() throws(TemplateError) -> TemplateExpression {
    let left = try sum()
    for symbol in ["==", "!=", "<", ">", "<=", ">="] where take(.symbol(symbol)) {
      return .binary(symbol, left, try sum())
    }
    if take(.name("in")) { return .binary("in", left, try sum()) }
    if token == .name("not"), place + 1 < tokens.count, tokens[place + 1] == .name("in") {
      place += 2
      return .not(.binary("in", left, try sum()))
    }
    return left
  }

  private mutating func sum() throws(TemplateError) -> TemplateExpression {
    var left = try joined()
    while true {
      if take(.symbol("+")) {
        left = .binary("+", left, try joined())
      } else if take(.symbol("-")) {
        left = .binary("-", left, try joined())
      } else {
        return left
      }
    }
  }

  private mutating func joined() throws(TemplateError) -> TemplateExpression {
    var left = try product()
    while take(.symbol("~")) { left = .binary("~", left, try product()) }
    return left
  }

  private mutating func product() throws(TemplateError) -> TemplateExpression {
    var left = try unary()
    while take(.symbol("%")) { left = .binary("%", left, try unary()) }
    return left
  }

  private mutating func unary() throws(TemplateError) -> TemplateExpression {
    if take(.symbol("-")) { return .negative(try postfixed()) }
    var value = try postfixed()
    while true {
      if take(.symbol("|")) {
        let name = try word()
        value = .filter(value, name, take(.symbol("(")) ? try arguments().plain : [])
      } else if take(.name("is")) {
        let isNegated = take(.name("not"))
        let test = TemplateExpression.test(value, try word())
        value = isNegated ? .not(test) : test
      } else {
        return value
      }
    }
  }

  private mutating func word() throws(TemplateError) -> String {
    guard case .name(let name)? = token else { throw TemplateError(message: "an expression lacks a name") }
    place += 1
    return name
  }

  private mutating func postfixed() throws(TemplateError) -> TemplateExpression {
    var value = try primary()
    while true {
      if take(.symbol(".")) {
        value = .field(value, .value(.string(try word())))
      } else if take(.symbol("[")) {
        value = try subscripted(value)
      } else if take(.symbol("(")) {
        let (plain, named) = try arguments()
        value = .call(value, plain, named: named)
      } else {
        return value
      }
    }
  }

  /// From behind the bracket on.
  private mutating func subscripted(_ value: TemplateExpression) throws(TemplateError) -> TemplateExpression {
    var bounds: [TemplateExpression?] = [nil]
    while !take(.symbol("]")) {
      if take(.symbol(":")) {
        bounds.append(nil)
      } else if bounds[bounds.count - 1] == nil {
        bounds[bounds.count - 1] = try expression()
      } else {
        throw TemplateError(message: "an expression lacks ]")
      }
    }
    if bounds.count == 1, let index = bounds[0] { return .field(value, index) }
    guard (2...3).contains(bounds.count) else { throw TemplateError(message: "an index is empty") }
    return .slice(value, from: bounds[0], to: bounds[1], step: bounds.count > 2 ? bounds[2] : nil)
  }

  /// From behind the parenthesis on.
  private mutating func arguments() throws(TemplateError) -> (
    plain: [TemplateExpression], named: [(name: String, value: TemplateExpression)]
  ) {
    var plain: [TemplateExpression] = []
    var named: [(name: String, value: TemplateExpression)] = []
    while !take(.symbol(")")) {
      if case .name(let name)? = token, place + 1 < tokens.count, tokens[place + 1] == .symbol("=") {
        place += 2
        named.append((name, try expression()))
      } else {
        plain.append(try expression())
      }
      if !take(.symbol(",")), token != .symbol(")") { throw TemplateError(message: "an expression lacks )") }
    }
    return (plain, named)
  }

  private mutating func primary() throws(TemplateError) -> TemplateExpression {
    guard let token else { throw TemplateError(message: "an expression is empty") }
    place += 1
    switch token {
    case .string(var text):
      // Strings beside each other are one.
      while case .string(let more)? = self.token {
        text += more
        place += 1
      }
      return .value(.string(text))
    case .integer(let number): return .value(.integer(number))
    case .symbol("("):
      let value = try expression()
      try require(")")
      return value
    case .symbol("["):
      guard take(.symbol("]")) else { throw TemplateError(message: "it uses a list of its own") }
      return .value(.list([]))
    case .symbol(let symbol): throw TemplateError(message: "it uses \(symbol) where swerve knows no use of it")
    case .name(let name):
      switch ExactString(name) {
      case ExactString("true"), ExactString("True"): return .value(.boolean(true))
      case ExactString("false"), ExactString("False"): return .value(.boolean(false))
      case ExactString("none"), ExactString("None"): return .value(.none)
      default: return .name(name)
      }
    }
  }
}
