import SwerveText

/// A config.json that is being read key by key. A key with the value null counts as absent, as in transformers.
///
/// The rule for keys that nobody asked for: they are skipped if they are in `HuggingFaceConfig.meaningless`, if their
/// value is null or false, or if they begin with an underscore. Any other key may change what the model computes, so it
/// is refused.
struct HuggingFaceConfig {
  let file: String
  private let members: [JSONMember]
  private var asked: Set<ExactString> = []

  /// - Throws: `WeightFormatError`.
  init(_ file: ModelFile) throws { try self.init(file.name, try file.object()) }

  private init(_ file: String, _ members: [JSONMember]) throws {
    self.file = file
    self.members = members
  }

  mutating func value(_ key: String) -> JSONValue? {
    asked.insert(ExactString(key))
    let value = members.first { $0.key === key }?.value
    return value == .null ? nil : value
  }

  func error(_ kind: WeightFormatError.Kind, _ key: String, _ value: JSONValue?, expected: String) -> WeightFormatError
  {
    WeightFormatError(
      kind, file, "key \(shown(key))", found: value.map { brief($0.compact()) } ?? "nothing", expected: expected)
  }

  mutating func count(_ key: String) throws -> Int? {
    guard let value = value(key) else { return nil }
    guard let count = value.integer, count >= 0 else {
      throw error(.malformed, key, value, expected: "a whole number from 0 up")
    }
    return count
  }

  mutating func required(count key: String) throws -> Int {
    guard let count = try count(key) else { throw error(.missing, key, nil, expected: "a whole number") }
    return count
  }

  mutating func number(_ key: String) throws -> Double? {
    guard let value = value(key) else { return nil }
    guard case .number = value, let number = value.double else {
      throw error(.malformed, key, value, expected: "a number")
    }
    return number
  }

  mutating func required(number key: String) throws -> Double {
    guard let number = try number(key) else { throw error(.missing, key, nil, expected: "a number") }
    return number
  }

  mutating func string(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    guard let string = value.string else { throw error(.malformed, key, value, expected: "a text") }
    return string
  }

  mutating func bool(_ key: String) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard case .bool(let bool) = value else { throw error(.malformed, key, value, expected: "true or false") }
    return bool
  }

  /// An object with rules of its own; nil where the key is absent.
  mutating func object(_ key: String) throws -> HuggingFaceConfig? {
    guard let value = value(key) else { return nil }
    guard let members = value.members else { throw error(.malformed, key, value, expected: "an object") }
    return try HuggingFaceConfig("\(file), key \(shown(key))", members)
  }

  /// A key that must have one of these values where it is there.
  mutating func demand(_ key: String, _ allowed: JSONValue...) throws {
    guard let value = value(key), !allowed.contains(value) else { return }
    let expected = allowed.map { $0.compact() }.joined(separator: " or ")
    throw error(.unsupported, key, value, expected: allowed.isEmpty ? "no such key" : expected)
  }

  /// - Throws: `WeightFormatError` for a key that nobody asked for and that may mean something.
  func finish() throws {
    for member in members where !asked.contains(ExactString(member.key)) {
      let isOff = member.value == .null || member.value == .bool(false)
      if isOff || member.key.beginsExactly(with: "_") || Self.meaningless.contains(ExactString(member.key)) { continue }
      throw error(.unsupported, member.key, member.value, expected: "only keys whose meaning is known")
    }
  }

  private func brief(_ text: String) -> String {
    let start = text.leading(80)
    return start.utf8.count == text.utf8.count ? start : start + "..."
  }
}

extension ModelFile {
  /// The members of the JSON object that this file is.
  /// - Throws: `WeightFormatError`.
  func object() throws -> [JSONMember] {
    let value: JSONValue
    do {
      value = try JSONParser.parse(bytes.assumingMemoryBound(to: UInt8.self))
    } catch {
      throw WeightFormatError(
        .malformed, name, "line \(error.line), column \(error.column)", found: "no JSON (\(error.message))",
        expected: "JSON")
    }
    guard let members = value.members else {
      throw WeightFormatError(.malformed, name, found: value.kind, expected: "an object")
    }
    return members
  }
}
