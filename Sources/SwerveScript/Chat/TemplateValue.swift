import SwerveText

/// A value of a template.
enum TemplateValue {
  /// What was never set, or a field that is not there; the text names it for errors.
  case undefined(String)
  case none
  case boolean(Bool)
  case integer(Int)
  case string(String)
  case list([TemplateValue])
  case map([(key: String, value: TemplateValue)])
  case namespace(TemplateNamespace)
  /// A function of the host, or a method of a text.
  indirect case function(name: String, of: TemplateValue?)
  /// Something that differs from day to day or that swerve does not have: whatever asks for it makes the template unknown.
  case unknown(String)

  /// About how many bytes looking through it touches.
  var size: Int {
    switch self {
    case .string(let text): text.utf8.count
    case .list(let elements): elements.count
    case .map(let entries): entries.count
    case .namespace(let space): space.values.count
    case .undefined, .none, .boolean, .integer, .function, .unknown: 0
    }
  }

  /// As Python's `bool` has it.
  func isTrue() throws(TemplateError) -> Bool {
    switch self {
    case .undefined, .none: false
    case .boolean(let flag): flag
    case .integer(let number): number != 0
    case .string(let text): !text.isEmpty
    case .list(let elements): !elements.isEmpty
    case .map(let entries): !entries.isEmpty
    case .namespace, .function: true
    case .unknown(let name): throw TemplateError(message: "it uses \(name)")
    }
  }

  /// What `{{ }}` writes.
  func text() throws(TemplateError) -> String {
    switch self {
    case .undefined: ""
    case .none: "None"
    case .boolean(let flag): flag ? "True" : "False"
    case .integer(let number): String(number)
    case .string(let text): text
    case .list, .map, .namespace, .function: throw TemplateError(message: "it writes a list or a table as text")
    case .unknown(let name): throw TemplateError(message: "it uses \(name)")
    }
  }

  func equals(_ other: TemplateValue) throws(TemplateError) -> Bool {
    switch (self, other) {
    case (.unknown(let name), _), (_, .unknown(let name)): throw TemplateError(message: "it uses \(name)")
    case (.undefined, .undefined), (.none, .none): return true
    case (.boolean(let a), .boolean(let b)): return a == b
    case (.integer(let a), .integer(let b)): return a == b
    case (.string(let a), .string(let b)): return a === b
    // In Python True == 1, and lists compare by their elements.
    case (.boolean, .integer), (.integer, .boolean), (.list, .list), (.map, .map), (.namespace, .namespace),
      (.function, .function):
      throw TemplateError(message: "it compares values that are no texts")
    default: return false
    }
  }

  /// `value.name` and `value[name]`.
  func field(_ key: TemplateValue) throws(TemplateError) -> TemplateValue {
    switch (self, key) {
    case (.map(let entries), .string(let name)):
      return entries.first { $0.key === name }?.value ?? .undefined(name)
    case (.namespace(let space), .string(let name)):
      return space.values.first { $0.name === name }?.value ?? .undefined(name)
    case (.list(let elements), .integer(let index)):
      let place = index < 0 ? index + elements.count : index
      return elements.indices.contains(place) ? elements[place] : .undefined("[\(index)]")
    case (.string, .string(let name)): return .function(name: name, of: self)
    case (.undefined(let name), _): throw TemplateError(message: "it uses \(name), which nothing sets")
    case (.unknown(let name), _): throw TemplateError(message: "it uses \(name)")
    default: throw TemplateError(message: "it asks for a field of a value that has none")
    }
  }

  /// White space and these characters at the ends, as Python's `strip` takes them.
  static func stripped(_ text: String, left: Bool = true, right: Bool = true, _ set: String? = nil) -> String {
    func isTaken(_ scalar: Unicode.Scalar) -> Bool {
      set.map { $0.unicodeScalars.contains(scalar) } ?? TemplateLexer.isSpace(scalar)
    }
    var scalars = text.unicodeScalars[...]
    while left, let first = scalars.first, isTaken(first) { scalars.removeFirst() }
    while right, let last = scalars.last, isTaken(last) { scalars.removeLast() }
    return String(scalars)
  }
}

/// What `namespace()` makes: its fields can be set from within a loop.
final class TemplateNamespace {
  var values: [(name: String, value: TemplateValue)]

  init(_ values: [(name: String, value: TemplateValue)]) { self.values = values }

  func set(_ name: String, _ value: TemplateValue) {
    values.removeAll { $0.name === name }
    values.append((name, value))
  }
}
