import SwerveText

/// A JSON object from a file together with its file and line, for errors.
package struct JSONLine {
  package let value: JSONValue
  package let path: String
  /// nil when the object is the whole file.
  package let line: Int?

  package init(value: JSONValue, path: String, line: Int?) {
    self.value = value
    self.path = path
    self.line = line
  }

  package func field(_ name: String, expected: String) throws -> JSONValue {
    guard let field = value[name] else { throw bad(name, found: "nothing", expected: expected) }
    return field
  }

  package func string(_ name: String) throws -> String {
    let field = try field(name, expected: "a string")
    guard let string = field.string else { throw bad(name, found: Self.shown(field), expected: "a string") }
    return string
  }

  /// nil for null; the field must be there.
  package func optionalString(_ name: String) throws -> String? {
    try field(name, expected: "a string or null") == .null ? nil : string(name)
  }

  package func integer(_ name: String) throws -> Int {
    let field = try field(name, expected: "an integer")
    guard let integer = field.integer else { throw bad(name, found: Self.shown(field), expected: "an integer") }
    return integer
  }

  /// A number of steps or bytes. The limit is far above what any run has, and so low that sums don't overflow.
  package func count(_ name: String) throws -> Int {
    let count = try integer(name)
    guard (0...1 << 40).contains(count) else {
      throw bad(name, found: "\(count)", expected: "a whole number from 0 to \(1 << 40)")
    }
    return count
  }

  package func unsigned(_ name: String) throws -> UInt64 {
    let expected = "an integer from 0 to 18446744073709551615"
    let field = try field(name, expected: expected)
    guard let integer = field.unsigned else { throw bad(name, found: Self.shown(field), expected: expected) }
    return integer
  }

  package func members(_ name: String) throws -> [JSONMember] {
    let field = try field(name, expected: "an object")
    guard let members = field.members else { throw bad(name, found: Self.shown(field), expected: "an object") }
    return members
  }

  package func elements(_ name: String) throws -> [JSONValue] {
    let field = try field(name, expected: "a list")
    guard let elements = field.elements else { throw bad(name, found: Self.shown(field), expected: "a list") }
    return elements
  }

  /// - Throws: FileError.badField for a field that is not in `names`, because it may be a misspelt one.
  package func requireFields(_ names: [String], of kind: String) throws {
    for member in value.members ?? [] where !names.containsExactly(member.key) {
      throw bad(
        member.key, found: "a field that \(kind) do not have\(didYouMean(member.key, among: names))",
        expected: "one of \(names.joined(separator: ", "))")
    }
  }

  package func bad(_ field: String, found: String, expected: String) -> FileError {
    .badField(path: path, line: line, field: field, found: found, expected: expected)
  }

  /// A value as the file has it, shortened.
  package static func shown(_ value: JSONValue) -> String {
    let text = value.compact()
    return text.unicodeScalars.count <= 60 ? text : text.leading(57) + "..."
  }
}

/// Files of JSON objects, with errors that name file, line and column.
package enum JSONFile {
  /// A file that is one object.
  package static func object(_ path: String) throws -> JSONLine { try object(POSIXFile.read(path), path: path) }

  /// The content of such a file, or of one line of a file.
  /// - Parameters:
  ///   - path: for errors.
  ///   - line: the number of the line; nil: the whole file.
  package static func object(_ bytes: [UInt8], path: String, line: Int? = nil) throws -> JSONLine {
    JSONLine(
      value: try bytes.withUnsafeBufferPointer { try object($0, path, firstLine: line ?? 1) }, path: path, line: line)
  }

  /// Reads a file with one object per line and passes each to `body`, in order, with its line number. Returns true when
  /// the last line has no newline, because the writer was killed in the middle of it or the file was cut off. `body`
  /// does not get that line, unless `acceptingTornEnd` makes it count like the others.
  /// - Parameters:
  ///   - first: the number of bytes to read from the start of the file; nil: all.
  ///   - skippingBlankLines: for files that people open in editors.
  @discardableResult
  package static func forEachLine(
    _ path: String, first: Int? = nil, acceptingTornEnd: Bool = false, skippingBlankLines: Bool = false,
    _ body: (JSONLine) throws -> Void
  ) throws -> Bool {
    let bytes = Array(try POSIXFile.read(path).prefix(first ?? .max))
    return try bytes.withUnsafeBufferPointer { bytes in
      var start = 0
      var number = 1
      while start < bytes.count {
        let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
        if newline == nil && !acceptingTornEnd { return true }
        let end = newline ?? bytes.count
        let slice = UnsafeBufferPointer(rebasing: bytes[start..<end])
        if !skippingBlankLines || !slice.allSatisfy(isSpace) {
          try body(JSONLine(value: try object(slice, path, firstLine: number), path: path, line: number))
        }
        start = end + 1
        number += 1
      }
      return false
    }
  }

  /// The object on the first line; nil for an empty file.
  package static func firstLine(_ path: String) throws -> JSONLine? {
    let bytes = try POSIXFile.read(path)
    guard !bytes.isEmpty else { return nil }
    let line = Array(bytes.prefix { $0 != UInt8(ascii: "\n") })
    return JSONLine(value: try line.withUnsafeBufferPointer { try object($0, path, firstLine: 1) }, path: path, line: 1)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { " \t\r".utf8.contains(byte) }

  private static func object(_ bytes: UnsafeBufferPointer<UInt8>, _ path: String, firstLine: Int) throws -> JSONValue {
    do throws(JSONError) {
      let value = try JSONParser.parse(bytes, firstLine: firstLine)
      guard value.members != nil else {
        throw JSONError(message: "an object should be here, not \(value.kind)", line: firstLine, column: 1)
      }
      return value
    } catch {
      let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let line = lines[min(max(error.line - firstLine, 0), lines.count - 1)]
      throw ConflictMark.isIn(line)
        ? FileError.conflictMarks(path: path, line: error.line) : FileError.notJSON(path: path, error)
    }
  }
}
