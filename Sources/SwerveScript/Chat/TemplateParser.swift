import SwerveText

/// A statement of a template, or text.
indirect enum TemplateNode {
  case text(String)
  case output(TemplateExpression)
  /// The branches in order; the last may have no condition.
  case choice([(condition: TemplateExpression?, body: [TemplateNode])])
  case loop(variable: String, items: TemplateExpression, body: [TemplateNode])
  /// `{% set name = ... %}`, or `name.field` of a namespace.
  case set(name: String, field: String?, TemplateExpression)
}

indirect enum TemplateExpression {
  case value(TemplateValue)
  case name(String)
  case field(TemplateExpression, TemplateExpression)
  case slice(TemplateExpression, from: TemplateExpression?, to: TemplateExpression?, step: TemplateExpression?)
  case call(TemplateExpression, [TemplateExpression], named: [(name: String, value: TemplateExpression)])
  case filter(TemplateExpression, String, [TemplateExpression])
  case test(TemplateExpression, String)
  case not(TemplateExpression)
  case negative(TemplateExpression)
  case binary(String, TemplateExpression, TemplateExpression)
  case conditional(TemplateExpression, then: TemplateExpression, else: TemplateExpression?)
}

/// Reads the parts of Jinja that chat templates need. Whatever else a template has makes it an unknown one.
struct TemplateParser {
  private let parts: [TemplatePart]
  private var place = 0
  private var depth = 0
  private static let deepest = 100

  static func parse(_ text: String) throws(TemplateError) -> [TemplateNode] {
    var parser = TemplateParser(parts: try TemplateLexer.parts(text))
    let (nodes, end) = try parser.body(until: [])
    if let end { throw TemplateError(message: "{% \(end) %} ends nothing") }
    return nodes
  }

  private init(parts: [TemplatePart]) { self.parts = parts }

  /// Nodes up to a statement that ends them, and its word; the place is at that statement.
  private mutating func body(until ends: [String]) throws(TemplateError) -> (nodes: [TemplateNode], end: String?) {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepest { throw TemplateError(message: "its tags are nested too deep") }
    var nodes: [TemplateNode] = []
    while place < parts.count {
      switch parts[place] {
      case .text(let text): nodes.append(.text(text))
      case .output(let tokens): nodes.append(.output(try ExpressionParser.parse(tokens)))
      case .statement(let tokens):
        guard case .name(let word)? = tokens.first else { throw TemplateError(message: "a tag has no name") }
        if ends.containsExactly(word) { return (nodes, word) }
        if let node = try statement(word, Array(tokens.dropFirst())) { nodes.append(node) }
      }
      place += 1
    }
    if let end = ends.last { throw TemplateError(message: "{% \(end) %} is missing") }
    return (nodes, nil)
  }

  /// The place is at the statement, and afterwards at the one that ends it. nil: it changes nothing.
  private mutating func statement(_ word: String, _ rest: [TemplateToken]) throws(TemplateError) -> TemplateNode? {
    switch ExactString(word) {
    case ExactString("if"): return try choice(rest)
    case ExactString("for"): return try loop(rest)
    case ExactString("set"): return try set(rest)
    // Marks what a model learns; the text is the same.
    case ExactString("generation"), ExactString("endgeneration"): return nil
    default: throw TemplateError(message: "it uses the tag {% \(word) %}")
    }
  }

  private mutating func choice(_ first: [TemplateToken]) throws(TemplateError) -> TemplateNode {
    var branches: [(condition: TemplateExpression?, body: [TemplateNode])] = []
    var condition: TemplateExpression? = try ExpressionParser.parse(first)
    while true {
      place += 1
      let (nodes, end) = try body(until: condition == nil ? ["endif"] : ["elif", "else", "endif"])
      branches.append((condition, nodes))
      guard let end, end !== "endif", case .statement(let tokens) = parts[place] else { return .choice(branches) }
      condition = end === "else" ? nil : try ExpressionParser.parse(Array(tokens.dropFirst()))
    }
  }

  private mutating func loop(_ tokens: [TemplateToken]) throws(TemplateError) -> TemplateNode {
    guard tokens.count > 2, case .name(let variable) = tokens[0], tokens[1] == .name("in") else {
      throw TemplateError(message: "it uses a loop over several variables")
    }
    let items = try ExpressionParser.parse(Array(tokens[2...]), allowsCondition: false)
    place += 1
    let (nodes, _) = try body(until: ["endfor"])
    return .loop(variable: variable, items: items, body: nodes)
  }

  private func set(_ tokens: [TemplateToken]) throws(TemplateError) -> TemplateNode {
    guard case .name(let name)? = tokens.first else { throw TemplateError(message: "a {% set %} has no name") }
    if tokens.count > 2, tokens[1] == .symbol("=") {
      return .set(name: name, field: nil, try ExpressionParser.parse(Array(tokens[2...])))
    }
    if tokens.count > 4, tokens[1] == .symbol("."), case .name(let field) = tokens[2], tokens[3] == .symbol("=") {
      return .set(name: name, field: field, try ExpressionParser.parse(Array(tokens[4...])))
    }
    throw TemplateError(message: "it uses a {% set %} without one value")
  }
}
