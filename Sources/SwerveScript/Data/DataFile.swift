import LuaRuntime
import SwerveText

/// swerve.data
enum DataFile {
  static let ending = ".jsonl"
  /// Bounds of what a script may name. A run keeps a copy of the file, and what is in memory counts for the limit of the script.
  static let mostBytes = 32 << 20, mostLineBytes = 1 << 20, mostRecords = 1_000_000, deepest = 32

  static func read(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let path = arguments[0].asString
    let file = try ScriptPath.file(path, function: "swerve.data", ending: ending, atMost: mostBytes, host)
    let bytes = Array(file.text.utf8)
    arguments.state.addWork(bytes.count / 16)
    return [.object(DataObject(path: path, bytes: bytes, lines: try lines(bytes, path: path)))]
  }

  /// Where each record is. Every line was read, so that a mistake is found while the script loads.
  private static func lines(_ bytes: [UInt8], path: String) throws -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var start = 0
    var number = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      number += 1
      let line = start..<end
      start = end + 1
      if bytes[line].allSatisfy({ [0x20, 0x09, 0x0d].contains($0) }) { continue }
      try check(bytes, line, place: "\(path):\(number)")
      lines.append(line)
      guard lines.count <= mostRecords else {
        throw ScriptError("\(path) has more than \(mostRecords) records", hint: "split the file")
      }
    }
    guard !lines.isEmpty else {
      throw ScriptError("\(path) has no records", hint: "each line is a JSON object, as in {\"text\": \"2 + 3 =\"}")
    }
    return lines
  }

  private static func check(_ bytes: [UInt8], _ line: Range<Int>, place: String) throws {
    let hint = "each line is a JSON object, as in {\"text\": \"2 + 3 =\", \"answer\": \"5\"}"
    guard line.count <= mostLineBytes else {
      throw ScriptError("\(place): the line has \(line.count) bytes, more than \(mostLineBytes)", hint: hint)
    }
    let value: JSONValue
    do {
      value = try self.value(bytes, line)
    } catch {
      throw ScriptError("\(place): \(error.message) (byte \(error.column) of the line)", hint: hint)
    }
    guard case .object = value else {
      throw ScriptError("\(place): expected an object, got \(value.kind)", hint: hint)
    }
    if let problem = problem(value, depth: 1) { throw ScriptError("\(place): \(problem)") }
  }

  static func value(_ bytes: [UInt8], _ line: Range<Int>) throws(JSONError) -> JSONValue {
    try JSONParser.parse(Array(bytes[line]))
  }

  /// Why Lua can't have a value; nil: it can.
  private static func problem(_ value: JSONValue, depth: Int) -> String? {
    if depth > deepest { return "values are nested deeper than \(deepest)" }
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

extension JSONValue {
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
