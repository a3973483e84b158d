extension JSONValue {
  /// One line without spaces: the canonical form, which is what gets hashed.
  package func compact() -> String {
    var writer = JSONWriter(isPretty: false)
    writer.write(self, depth: 0)
    return writer.text
  }

  /// Indented by two spaces, one member a line, lists of plain values on one line; ends with a newline.
  package func pretty() -> String {
    var writer = JSONWriter(isPretty: true)
    writer.write(self, depth: 0)
    return writer.text + "\n"
  }

  fileprivate var isPlain: Bool { members == nil && elements == nil }
}

private struct JSONWriter {
  let isPretty: Bool
  var text = ""

  mutating func write(_ value: JSONValue, depth: Int) {
    switch value {
    case .null: text += "null"
    case .bool(let bool): text += bool ? "true" : "false"
    case .number(let number): text += number.text
    case .string(let string): write(string)
    case .array(let elements): write(elements, depth: depth)
    case .object(let members): write(members, depth: depth)
    }
  }

  private mutating func write(_ elements: [JSONValue], depth: Int) {
    let isOneLine = !isPretty || elements.allSatisfy(\.isPlain)
    text += "["
    for (index, element) in elements.enumerated() {
      if index > 0 { text += isPretty && isOneLine ? ", " : "," }
      if !isOneLine { newLine(depth + 1) }
      write(element, depth: depth + 1)
    }
    if !isOneLine { newLine(depth) }
    text += "]"
  }

  private mutating func write(_ members: [JSONMember], depth: Int) {
    text += "{"
    for (index, member) in members.enumerated() {
      if index > 0 { text += "," }
      if isPretty { newLine(depth + 1) }
      write(member.key)
      text += isPretty ? ": " : ":"
      write(member.value, depth: depth + 1)
    }
    if isPretty && !members.isEmpty { newLine(depth) }
    text += "}"
  }

  private mutating func newLine(_ depth: Int) {
    text += "\n"
    text += String(repeating: "  ", count: depth)
  }

  private mutating func write(_ string: String) {
    text += "\""
    if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c }) {
      text += string
    } else {
      for scalar in string.unicodeScalars { write(scalar) }
    }
    text += "\""
  }

  private mutating func write(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    case _ where scalar.value < 0x20:
      text += (scalar.value < 0x10 ? "\\u000" : "\\u00") + String(scalar.value, radix: 16)
    default: text.unicodeScalars.append(scalar)
    }
  }
}
