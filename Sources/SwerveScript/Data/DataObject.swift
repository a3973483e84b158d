import LuaRuntime
import SwerveTensor
import SwerveText

/// What swerve.data returns: the records of a file, or a part of them. They never change: a script that gets one gets a
/// copy.
final class DataObject: LuaDescribed {
  static let luaTypeName = "data"
  private let records: RecordFile
  /// The records of a part, in their order; nil: all.
  private let chosen: [UInt32]?
  /// How a part was chosen; empty for the whole file.
  private let choice: String
  /// The orders of the epochs that were walked last, the newest last: training and evaluations take turns. They can be
  /// computed again at any time.
  private var walked: [(stream: RandomStream, epoch: Int, order: [UInt32])] = []
  private static let mostWalked = 2
  var luaByteCount: Int { chosen.map { $0.count * MemoryLayout<UInt32>.stride } ?? records.byteCount }

  /// Records are told by their number, and errors by the path.
  var luaDescription: [UInt8] { records.description + Array("\0\(choice)".utf8) }

  init(_ records: RecordFile) {
    self.records = records
    chosen = nil
    choice = ""
  }

  /// A part.
  /// - Parameter indices: of its records in the file, from 0, rising.
  private init(_ whole: DataObject, _ indices: [UInt32], choice: String) {
    records = whole.records
    chosen = indices
    self.choice = whole.choice + choice
  }

  private var path: String { records.path }
  var count: Int { chosen?.count ?? records.count }

  /// - Parameter index: among its own records, from 0.
  func json(_ index: Int) throws -> JSONValue { try records.record(fileIndex(index)).value }

  /// Where a record is, for errors.
  func place(_ index: Int) -> String { records.place(fileIndex(index)) }

  private func fileIndex(_ index: Int) -> Int { chosen.map { Int($0[index]) } ?? index }

  /// data:draw(rng)
  static func draw(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let data = receiver(arguments)
    let index = try random(arguments).draw { $0.below(data.count) }
    return [try data.record(index, arguments.state), .integer(Int64(index + 1))]
  }

  /// data:walk(rng)
  static func walk(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let data = receiver(arguments)
    guard let turn = try random(arguments).turn() else {
      throw ScriptError(
        "this rng belongs to no problem, so it has no turn; data:walk(rng) is for `prompt` and `text` of a task",
        hint: "take data:draw(rng), or data[i]")
    }
    let (epoch, index) = turn.index.quotientAndRemainder(dividingBy: data.count)
    let found = Int(data.order(of: epoch, turn.stream)[index])
    return [try data.record(found, arguments.state), .integer(Int64(found + 1)), .integer(Int64(epoch + 1))]
  }

  /// data:each()
  static func each(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let data = receiver(arguments)
    let next = arguments.state.function("data:each") { call in
      let index = Int(call[1].asInteger ?? 0)
      guard (0..<data.count).contains(index) else { return [.nil] }
      return [.integer(Int64(index + 1)), try data.record(index, call.state)]
    }
    return [.function(next), .nil, .integer(0)]
  }

  static func count(_ call: inout LuaCall) throws -> [LuaValue] {
    [.integer(Int64(call[0].asObject(DataObject.self)?.count ?? 0))]
  }

  /// data[i]
  static func element(_ data: DataObject, _ key: LuaValue, _ call: inout LuaCall) throws -> LuaValue? {
    guard let index = key.asInteger else {
      throw ScriptError(
        "data has records by number, from 1 to \(data.count), and no field \(shown(key))",
        hint: "methods of data: draw, walk, each; a record's own fields come after its number, as in data[1].text")
    }
    guard index >= 1, index <= data.count else {
      throw ScriptError("\(data.path) has records 1 to \(data.count), got \(index)")
    }
    return try data.record(Int(index) - 1, call.state)
  }

  /// - Parameter index: among its own records, from 0.
  private func record(_ index: Int, _ state: LuaState) throws -> LuaValue {
    let (value, bytes) = try records.record(fileIndex(index))
    state.addWork(bytes / 4)
    return value.lua(state)
  }

  /// The order of an epoch: every record once, shuffled by the epoch's own numbers.
  private func order(of epoch: Int, _ stream: RandomStream) -> [UInt32] {
    if let known = walked.first(where: { $0.epoch == epoch && $0.stream == stream }) { return known.order }
    // The one of the epoch before is not needed any more.
    if let old = walked.firstIndex(where: { $0.stream == stream }) ?? (walked.count < Self.mostWalked ? nil : 0) {
      walked.remove(at: old)
    }
    var order = Array(0..<UInt32(count))
    var cursor = stream.cursor(step: epoch, row: 0)
    cursor.shuffle(&order)
    walked.append((stream, epoch, order))
    return order
  }

  /// data:split(options)
  static func split(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let data = receiver(arguments)
    guard case .options(let options) = arguments[1] else { preconditionFailure("declared as options") }
    if host.hasLoaded {
      throw ScriptError(
        "data:split was called by a hook; it is for the top of the script, because it reads every record")
    }
    let split = try DataSplit(options)
    var parts = split.parts.map { _ in [UInt32]() }
    var read = 0
    for index in 0..<data.count {
      let own = data.chosen.map { $0[index] } ?? UInt32(index)
      let (value, bytes) = try data.records.record(Int(own))
      read += bytes
      guard let text = value[split.field]?.splitText else {
        let problem = value[split.field].map { "is \($0.kind), expected text or a number" } ?? "is missing"
        throw ScriptError("\(data.records.place(Int(own))): the field \(quoted(split.field)) \(problem)")
      }
      if let part = split.part(of: text) { parts[part].append(own) }
    }
    arguments.state.addWork(read / 32)
    let table = arguments.state.makeTable()
    for (part, indices) in zip(split.parts, parts) {
      guard !indices.isEmpty else {
        throw ScriptError(
          "the part '\(label(part.name))' of \(data.path) has no records: none of its \(data.count) falls into it",
          hint: "give it a larger share, or leave it out")
      }
      table.set(part.name, .object(DataObject(data, indices, choice: split.description(of: part.name))))
    }
    return [.table(table)]
  }

  private static func receiver(_ arguments: CheckedArguments) -> DataObject {
    guard let data = arguments[0].asObject(DataObject.self) else { preconditionFailure("a method of data") }
    return data
  }

  private static func random(_ arguments: CheckedArguments) throws -> RandomObject {
    guard let random = arguments[1].asObject(RandomObject.self) else { preconditionFailure("declared as an rng") }
    return random
  }
}
