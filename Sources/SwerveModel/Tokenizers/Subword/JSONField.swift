import SwerveText

/// A value of a file, with where it is: what does not fit is an error that names the field and the value.
struct JSONField {
  /// As in "tokenizer.json: model.vocab".
  let path: String
  private var isRoot = false
  /// nil: the field is missing.
  let value: JSONValue?

  init(path: String, value: JSONValue?) {
    self.path = path
    self.value = value
  }

  /// - Parameter file: what messages call it.
  static func root(of json: [UInt8], file: String) throws(TokenizerError) -> JSONField {
    do throws(JSONError) {
      var root = JSONField(path: file, value: try JSONParser.parse(json))
      root.isRoot = true
      return root
    } catch {
      throw .notJSON(file: file, error)
    }
  }

  subscript(key: String) -> JSONField {
    JSONField(path: path + (isRoot ? ": " : ".") + key, value: value?[key])
  }

  /// Missing or null.
  var isNull: Bool { value == nil || value == .some(.null) }
  var isObject: Bool { value?.members != nil }

  func string() throws(TokenizerError) -> String { try found("a string", value?.string) }
  func members() throws(TokenizerError) -> [JSONMember] { try found("an object", value?.members) }
  func values() throws(TokenizerError) -> [JSONValue] { try found("an array", value?.elements) }
  func elements() throws(TokenizerError) -> [JSONField] {
    try values().enumerated().map { JSONField(path: "\(path)[\($0)]", value: $1) }
  }

  func bool() throws(TokenizerError) -> Bool {
    try found("true or false", value.flatMap { if case .bool(let bool) = $0 { bool } else { nil } })
  }

  func bool(ifMissing fallback: Bool) throws(TokenizerError) -> Bool { isNull ? fallback : try bool() }

  /// A whole number from 0 to that of the largest Int32.
  func number() throws(TokenizerError) -> Int32 {
    let number = try found("a whole number from 0 to \(Int32.max)", value?.integer)
    guard let small = Int32(exactly: number), small >= 0 else {
      throw .wrongKind(field: path, expected: "a whole number from 0 to \(Int32.max)", found: shown)
    }
    return small
  }

  /// Refuses all values but some.
  func mustBe(_ values: JSONValue...) throws(TokenizerError) {
    let found = value ?? .null
    guard values.contains(found) else {
      throw unsupported(values.map { $0.compact() }.joined(separator: " or "))
    }
  }

  /// Refuses members that are not known, unless they are null: they would change what the rest means.
  func only(_ keys: String...) throws(TokenizerError) {
    for member in try members() where !keys.containsExactly(member.key) && member.value != .null {
      throw self[member.key].unsupported("no such field")
    }
  }

  func unsupported(_ supported: String) -> TokenizerError {
    .unsupported(field: path, value: shown, supported: supported)
  }

  /// The value as a message shows it.
  private var shown: String {
    switch value {
    case nil: "missing"
    case .object?, .array?: value?.kind ?? "missing"
    case let value?: value.compact()
    }
  }

  private func found<Value>(_ expected: String, _ result: Value?) throws(TokenizerError) -> Value {
    if let result { return result }
    guard let value else { throw .missing(field: path) }
    if case .number(let number) = value { throw .wrongKind(field: path, expected: expected, found: number.text) }
    throw .wrongKind(field: path, expected: expected, found: value.kind)
  }
}
