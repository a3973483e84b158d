import SwerveText

/// Writes the text that a template makes of its variables.
struct TemplateEvaluator {
  private var output = ""
  /// The innermost last. A loop has a scope of its own for each turn; a condition has none.
  private var scopes: [[(name: String, value: TemplateValue)]]
  private var turns = 0
  private let work = TemplateWork()
  private static let mostTurns = 100_000, mostBytes = 1 << 22

  static func text(
    _ nodes: [TemplateNode], _ variables: [(name: String, value: TemplateValue)]
  ) throws(TemplateError) -> String {
    var evaluator = TemplateEvaluator(scopes: [variables])
    try evaluator.run(nodes)
    return evaluator.output
  }

  private init(scopes: [[(name: String, value: TemplateValue)]]) { self.scopes = scopes }

  private mutating func run(_ nodes: [TemplateNode]) throws(TemplateError) {
    for node in nodes {
      try work.take(TemplateWork.step)
      switch node {
      case .text(let text): try write(text)
      case .output(let expression): try write(value(expression).text())
      case .choice(let branches):
        for (condition, body) in branches {
          guard try condition.map({ (e) throws(TemplateError) in try value(e).isTrue() }) ?? true else { continue }
          try run(body)
          break
        }
      case .loop(let variable, let items, let body): try loop(variable, try value(items), body)
      case .set(let name, let field, let expression):
        let found = try value(expression)
        guard let field else {
          try work.take(scopes[scopes.count - 1].count)
          scopes[scopes.count - 1].removeAll { $0.name === name }
          scopes[scopes.count - 1].append((name, found))
          continue
        }
        guard case .namespace(let space) = try lookUp(name) else {
          throw TemplateError(message: "it sets a field of \(name), which is no namespace")
        }
        try work.take(space.values.count)
        space.set(field, found)
      }
    }
  }

  private mutating func write(_ text: String) throws(TemplateError) {
    output += text
    if output.utf8.count > Self.mostBytes {
      throw TemplateError(message: "its text has more than \(Self.mostBytes) bytes")
    }
  }

  private mutating func loop(
    _ variable: String, _ items: TemplateValue, _ body: [TemplateNode]
  ) throws(TemplateError) {
    guard case .list(let elements) = items else {
      throw TemplateError(message: "it loops over a value that is no list")
    }
    for (index, element) in elements.enumerated() {
      turns += 1
      try work.take(TemplateWork.step)
      if turns > Self.mostTurns { throw TemplateError(message: "its loops take more than \(Self.mostTurns) turns") }
      let state: [(key: String, value: TemplateValue)] = [
        ("first", .boolean(index == 0)), ("last", .boolean(index == elements.count - 1)),
        ("index", .integer(index + 1)),
        ("index0", .integer(index)), ("length", .integer(elements.count)),
        ("previtem", index > 0 ? elements[index - 1] : .undefined("loop.previtem")),
        ("nextitem", index + 1 < elements.count ? elements[index + 1] : .undefined("loop.nextitem")),
      ]
      scopes.append([("loop", .map(state)), (variable, element)])
      try run(body)
      scopes.removeLast()
    }
  }

  private func lookUp(_ name: String) throws(TemplateError) -> TemplateValue {
    for scope in scopes.reversed() {
      try work.take(scope.count)
      if let found = scope.first(where: { $0.name === name }) { return found.value }
    }
    return .undefined(name)
  }

  // MARK: expressions

  private func value(_ expression: TemplateExpression) throws(TemplateError) -> TemplateValue {
    let found = try result(expression)
    // Whoever made it, and whoever looks at it, takes about as long.
    try work.take(TemplateWork.step + found.size)
    return found
  }

  private func result(_ expression: TemplateExpression) throws(TemplateError) -> TemplateValue {
    switch expression {
    case .value(let value): return value
    case .name(let name): return try lookUp(name)
    case .field(let value, let key): return try self.value(value).field(try self.value(key))
    case .slice(let value, let from, let to, let step): return try slice(try self.value(value), from, to, step)
    case .call(let function, let plain, let named): return try call(try value(function), plain, named)
    case .filter(let value, let name, let arguments): return try filter(name, try self.value(value), arguments)
    case .test(let value, let name): return .boolean(try test(name, try self.value(value)))
    case .not(let value): return .boolean(try !self.value(value).isTrue())
    case .negative(let value):
      guard case .integer(let number) = try self.value(value) else { throw TemplateError(message: "it negates a text") }
      return .integer(0 &- number)
    case .binary(let symbol, let left, let right): return try binary(symbol, try value(left), right)
    case .conditional(let condition, let then, let otherwise):
      if try value(condition).isTrue() { return try value(then) }
      return try otherwise.map { (e) throws(TemplateError) in try value(e) } ?? .undefined("else")
    }
  }

  private func binary(
    _ symbol: String, _ left: TemplateValue, _ other: TemplateExpression
  ) throws(TemplateError) -> TemplateValue {
    // These two give one of their values, and look at the second only if it counts.
    if symbol == "or" { return try left.isTrue() ? left : value(other) }
    if symbol == "and" { return try left.isTrue() ? value(other) : left }
    let right = try value(other)
    switch (symbol, left, right) {
    case ("==", _, _): return .boolean(try left.equals(right))
    case ("!=", _, _): return .boolean(try !left.equals(right))
    case ("~", _, _): return .string(try joined(left.text(), right.text()))
    case ("+", .string(let a), .string(let b)): return .string(try joined(a, b))
    case ("in", .string(let a), .string(let b)):
      try work.takeSearch(of: a, in: b)
      return .boolean(b.containsExactly(a))
    case ("in", .string(let a), .map(let entries)): return .boolean(entries.contains { $0.key === a })
    case ("in", _, .list(let elements)):
      for element in elements where try left.equals(element) { return .boolean(true) }
      return .boolean(false)
    case ("+", .integer(let a), .integer(let b)): return .integer(a &+ b)
    case ("-", .integer(let a), .integer(let b)): return .integer(a &- b)
    case ("<", .integer(let a), .integer(let b)): return .boolean(a < b)
    case (">", .integer(let a), .integer(let b)): return .boolean(a > b)
    case ("<=", .integer(let a), .integer(let b)): return .boolean(a <= b)
    case (">=", .integer(let a), .integer(let b)): return .boolean(a >= b)
    // Python's remainder has the sign of the divisor.
    case ("%", .integer(let a), .integer(let b)) where b > 0: return .integer(a % b < 0 ? a % b + b : a % b)
    default: throw TemplateError(message: "it uses \(symbol) between values for which swerve does not know it")
    }
  }

  /// Nothing is made before it is known that it may be: a text that is joined with itself again and again has any length.
  private func joined(_ a: String, _ b: String) throws(TemplateError) -> String {
    try work.take(a.utf8.count + b.utf8.count)
    return a + b
  }

  private func slice(
    _ value: TemplateValue, _ from: TemplateExpression?, _ to: TemplateExpression?, _ step: TemplateExpression?
  ) throws(TemplateError) -> TemplateValue {
    func number(_ expression: TemplateExpression?) throws(TemplateError) -> Int? {
      guard let expression else { return nil }
      guard case .integer(let number) = try self.value(expression) else {
        throw TemplateError(message: "it takes a part between values that are no numbers")
      }
      return number
    }
    let (from, to, step) = (try number(from), try number(to), try number(step) ?? 1)
    guard step == 1 || (step == -1 && from == nil && to == nil) else {
      throw TemplateError(message: "it takes a part of a list with the step \(step)")
    }
    func part<T>(_ all: [T]) -> [T] {
      if step == -1 { return all.reversed() }
      func place(_ index: Int) -> Int { min(max(index < 0 ? index + all.count : index, 0), all.count) }
      let (first, end) = (place(from ?? 0), place(to ?? all.count))
      return first < end ? Array(all[first..<end]) : []
    }
    switch value {
    case .list(let elements): return .list(part(elements))
    case .string(let text):
      var scalars = String.UnicodeScalarView()
      scalars.append(contentsOf: part(Array(text.unicodeScalars)))
      return .string(String(scalars))
    default: throw TemplateError(message: "it takes a part of a value that is no list and no text")
    }
  }

  private func filter(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateExpression]
  ) throws(TemplateError) -> TemplateValue {
    switch (name, value) {
    case ("trim", .string(let text)) where arguments.isEmpty: return .string(TemplateValue.stripped(text))
    case ("length", .string(let text)), ("count", .string(let text)): return .integer(text.unicodeScalars.count)
    case ("length", .list(let elements)), ("count", .list(let elements)): return .integer(elements.count)
    case ("first", .list(let elements)): return elements.first ?? .undefined("first")
    case ("last", .list(let elements)): return elements.last ?? .undefined("last")
    case ("string", _): return .string(try value.text())
    case ("default", .undefined) where arguments.count == 1: return try self.value(arguments[0])
    case ("default", _) where arguments.count == 1: return value
    default: throw TemplateError(message: "it uses the filter \(name)")
    }
  }

  private func test(_ name: String, _ value: TemplateValue) throws(TemplateError) -> Bool {
    if case .unknown(let what) = value { throw TemplateError(message: "it uses \(what)") }
    switch (name, value) {
    case ("defined", .undefined), ("undefined", .undefined): return name == "undefined"
    case ("defined", _), ("undefined", _): return name == "defined"
    case ("none", .none), ("string", .string), ("mapping", .map), ("iterable", .string), ("iterable", .list),
      ("iterable", .map), ("sequence", .string), ("sequence", .list), ("sequence", .map):
      return true
    case ("true", .boolean(let flag)): return flag
    case ("false", .boolean(let flag)): return !flag
    case ("none", _), ("string", _), ("mapping", _), ("iterable", _), ("sequence", _), ("true", _), ("false", _):
      return false
    default: throw TemplateError(message: "it uses the test \(name)")
    }
  }

  private func call(
    _ function: TemplateValue, _ plain: [TemplateExpression], _ named: [(name: String, value: TemplateExpression)]
  ) throws(TemplateError) -> TemplateValue {
    var arguments: [TemplateValue] = []
    for argument in plain { arguments.append(try value(argument)) }
    switch (function, arguments.first) {
    case (.function("raise_exception", nil), .string(let message)?) where named.isEmpty:
      throw TemplateError(message: message, isRefusal: true)
    case (.function("namespace", nil), nil):
      var values: [(name: String, value: TemplateValue)] = []
      for (name, expression) in named { values.append((name, try value(expression))) }
      return .namespace(TemplateNamespace(values))
    case (.function(let name, .string(let text)?), let first) where named.isEmpty && arguments.count < 2:
      return try method(name, text, first)
    case (.unknown(let name), _): throw TemplateError(message: "it uses \(name)")
    default: throw TemplateError(message: "it calls a function that swerve does not have")
    }
  }

  private func method(
    _ name: String, _ text: String, _ argument: TemplateValue?
  ) throws(TemplateError) -> TemplateValue {
    if case .string(let part)? = argument { try work.takeSearch(of: part, in: text) }
    switch (name, argument) {
    case ("strip", nil): return .string(TemplateValue.stripped(text))
    case ("lstrip", nil): return .string(TemplateValue.stripped(text, right: false))
    case ("rstrip", nil): return .string(TemplateValue.stripped(text, left: false))
    case ("strip", .string(let set)?): return .string(TemplateValue.stripped(text, set))
    case ("lstrip", .string(let set)?): return .string(TemplateValue.stripped(text, right: false, set))
    case ("rstrip", .string(let set)?): return .string(TemplateValue.stripped(text, left: false, set))
    case ("startswith", .string(let start)?): return .boolean(text.beginsExactly(with: start))
    case ("endswith", .string(let end)?): return .boolean(text.endsExactly(with: end))
    case ("split", .string(let separator)?) where !separator.isEmpty:
      try work.take(TemplateWork.step * text.utf8.count)
      return .list(Self.split(text, separator).map { .string($0) })
    default: throw TemplateError(message: "it uses the method \(name) of a text")
    }
  }

  private static func split(_ text: String, _ separator: String) -> [String] {
    let (bytes, separator) = (Array(text.utf8), Array(separator.utf8))
    var parts: [[UInt8]] = [[]]
    var place = 0
    while place < bytes.count {
      if bytes[place...].starts(with: separator) {
        parts.append([])
        place += separator.count
      } else {
        parts[parts.count - 1].append(bytes[place])
        place += 1
      }
    }
    return parts.map { String(decoding: $0, as: UTF8.self) }
  }
}

/// What carrying out a template may take, in time and in memory: a template is part of a file, which may be anybody's.
private final class TemplateWork {
  /// Of an expression, or of a turn of a loop, beside the bytes of texts.
  static let step = 16
  private static let most = 1 << 26
  private var left = most

  func take(_ amount: Int) throws(TemplateError) {
    left -= amount
    if left < 0 { throw TemplateError(message: "it takes more than \(Self.most >> 20) million steps") }
  }

  /// Of a part, or of any of its characters, at every place of a text.
  func takeSearch(of part: String, in text: String) throws(TemplateError) {
    try take(text.utf8.count / Self.step * part.utf8.count)
  }
}
