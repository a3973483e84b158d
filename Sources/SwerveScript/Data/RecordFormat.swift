import LuaRuntime
import SwerveText

/// A format of files of records, by the end of their names.
protocol RecordFormat {
  /// Such as ".jsonl".
  static var ending: String { get }
  /// Where the first record is looked for, and the number of the line there.
  var first: Int { get }
  var firstLine: Int { get }
  /// What a right file looks like.
  var hint: String { get }

  /// - Throws: ScriptError without a place for a file whose start is not as the format has it.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws
  /// Checks what stands at a place: a record, or a blank line.
  /// - Parameter line: its number, for errors.
  /// - Returns: where the next one starts, how many lines away, and whether this is a record.
  /// - Throws: ScriptError without a place that names the file and the line.
  mutating func next(
    _ bytes: UnsafeRawBufferPointer, at start: Int, line: Int, path: String
  ) throws -> (end: Int, lines: Int, isRecord: Bool)
  /// The record at a place that `next` has checked: an object, and its bytes in the file.
  /// - Throws: ScriptError without a place where the file has changed since.
  func record(_ bytes: UnsafeRawBufferPointer, at start: Int, place: String) throws -> (value: JSONValue, bytes: Int)
}

/// One JSON object a line (jsonlines.org). Blank lines are left out.
struct JSONLines: RecordFormat {
  static let ending = ".jsonl"
  let first: Int
  let firstLine = 1
  let hint = "each line is a JSON object, as in {\"text\": \"2 + 3 =\", \"answer\": \"5\"}"
  private var check = PlainObjectCheck(deepest: DataFile.deepest)

  init(_ bytes: UnsafeRawBufferPointer, path: String) { first = bytes.byteOrderMark }

  mutating func next(
    _ bytes: UnsafeRawBufferPointer, at start: Int, line: Int, path: String
  ) throws -> (end: Int, lines: Int, isRecord: Bool) {
    let end = bytes.lineEnd(from: start)
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    let next = (end: min(end + 1, bytes.count), lines: 1)
    guard text.count <= DataFile.mostRecordBytes else {
      throw ScriptError(
        "\(path):\(line): the line has \(text.count) bytes, more than \(DataFile.mostRecordBytes)", hint: hint)
    }
    if check.accepts(text) { return (next.end, next.lines, true) }
    if text.isBlankASCII { return (next.end, next.lines, false) }
    try checkClosely(text, place: "\(path):\(line)")
    return (next.end, next.lines, true)
  }

  private func checkClosely(_ text: UnsafeRawBufferPointer, place: String) throws {
    let value: JSONValue
    do {
      value = try parse(text)
    } catch {
      throw ScriptError("\(place): \(error.message) (byte \(error.column) of the line)", hint: hint)
    }
    guard case .object = value else { throw ScriptError("\(place): expected an object, got \(value.kind)", hint: hint) }
    if let problem = Self.problem(value, depth: 1) { throw ScriptError("\(place): \(problem)") }
  }

  private func parse(_ text: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
    try JSONParser.parse(text.assumingMemoryBound(to: UInt8.self))
  }

  func record(
    _ bytes: UnsafeRawBufferPointer, at start: Int, place: String
  ) throws -> (value: JSONValue, bytes: Int) {
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<bytes.lineEnd(from: start)])
    do {
      return (try parse(text), text.count)
    } catch {
      throw ScriptError("\(place): \(error.message); the file has changed since the script loaded")
    }
  }

  /// Why Lua can't have a value; nil: it can.
  private static func problem(_ value: JSONValue, depth: Int) -> String? {
    if depth > DataFile.deepest { return "values are nested deeper than \(DataFile.deepest)" }
    switch value {
    case .number(let number):
      return Double(number.text)?.isFinite == true ? nil : "the number \(number.text.leading(40)) is too large"
    case .array(let elements):
      if elements.contains(.null) { return "a list has null in it, and a list of Lua can't have a gap" }
      return problem(amongParts: elements, depth: depth)
    case .object(let members): return problem(amongParts: members.map(\.value), depth: depth)
    case .null, .bool, .string: return nil
    }
  }

  /// A loop, because a lazy sequence asks for a part again and again, at every depth.
  private static func problem(amongParts parts: [JSONValue], depth: Int) -> String? {
    for part in parts {
      if let found = problem(part, depth: depth + 1) { return found }
    }
    return nil
  }
}

/// CSV (RFC 4180). The first row names the fields; every value is text. Blank lines are left out.
struct CSVTable: RecordFormat {
  static let ending = ".csv"
  let first: Int
  let firstLine: Int
  let hint = "the first row names the fields, as in text,answer; the other rows have as many: \"2 + 3 =\",5"
  private let names: [String]
  private var row = CSVRow()

  init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
    var row = CSVRow()
    var position = bytes.byteOrderMark
    var line = 1
    repeat {
      guard position < bytes.count else {
        throw ScriptError("\(path) has no row with the names of its fields", hint: hint)
      }
      let start = position
      try Self.read(&row, bytes, at: start, line: line, path: path)
      position = row.end
      line += bytes.lineFeeds(in: start..<position)
    } while row.isBlank
    names = row.fields(bytes)
    for (index, name) in names.enumerated() {
      if name.isEmpty { throw ScriptError("\(path):1: field \(index + 1) of the first row has no name", hint: hint) }
      if names[..<index].containsExactly(name) {
        throw ScriptError("\(path):1: the name \(quoted(name)) is in the first row twice", hint: hint)
      }
    }
    (first, firstLine) = (position, line)
  }

  private static func read(
    _ row: inout CSVRow, _ bytes: UnsafeRawBufferPointer, at start: Int, line: Int, path: String
  ) throws {
    // A quote that is never closed must not take the rest of a gigabyte into the row.
    let most = min(bytes.count, start + DataFile.mostRecordBytes + 1)
    let part = UnsafeRawBufferPointer(rebasing: bytes[..<most])
    do {
      try row.read(part, at: start)
    } catch {
      let line = line + part.lineFeeds(in: start..<error.offset)
      throw ScriptError("\(path):\(line): \(error.message)")
    }
    if most < bytes.count, row.end >= most {
      throw ScriptError("\(path):\(line): the row has more than \(DataFile.mostRecordBytes) bytes")
    }
  }

  mutating func next(
    _ bytes: UnsafeRawBufferPointer, at start: Int, line: Int, path: String
  ) throws -> (end: Int, lines: Int, isRecord: Bool) {
    try Self.read(&row, bytes, at: start, line: line, path: path)
    let lines = bytes.lineFeeds(in: start..<row.end)
    if row.isBlank { return (row.end, lines, false) }
    guard row.count == names.count else {
      throw ScriptError(
        "\(path):\(line): the row has \(row.count) field\(row.count == 1 ? "" : "s"), and the first row names \(names.count)",
        hint: "a comma inside of a field needs quotes around the field")
    }
    return (row.end, lines, true)
  }

  func record(
    _ bytes: UnsafeRawBufferPointer, at start: Int, place: String
  ) throws -> (value: JSONValue, bytes: Int) {
    var row = CSVRow()
    do {
      try row.read(bytes, at: start)
    } catch {
      throw ScriptError("\(place): \(error.message); the file has changed since the script loaded")
    }
    let members = zip(names, row.fields(bytes)).map { JSONMember($0, .string($1)) }
    return (.object(members), row.end - start)
  }
}

extension JSONValue {
  /// The text of a value by whose hash records are split; nil for what is no text and no number.
  var splitText: String? {
    switch self {
    case .string(let text): text
    case .number(let number): number.text
    case .null, .bool, .array, .object: nil
    }
  }

  /// The value as Lua has it: whole numbers are integers, and null is absent.
  func lua(_ state: LuaState) -> LuaValue {
    switch self {
    case .null: return .nil
    case .bool(let flag): return .boolean(flag)
    case .string(let text): return .string(text)
    case .number(let number): return Int64(number.text).map { .integer($0) } ?? .number(Double(number.text) ?? .nan)
    case .array(let elements):
      let table = state.makeTable(elements.map { $0.lua(state) })
      return .table(table)
    case .object(let members):
      let table = state.makeTable()
      for member in members { table.set(member.key, member.value.lua(state)) }
      return .table(table)
    }
  }
}
