import LuaRuntime
import SwerveTensor
import SwerveText

/// What swerve.data returns: the records of a file. They never change: a script that gets one gets a copy.
final class DataObject: LuaDescribed {
  static let luaTypeName = "data"
  /// As the script wrote it.
  private let path: String
  private let bytes: [UInt8]
  /// Where each record is.
  private let lines: [Range<Int>]
  /// The order of the epoch that was walked last. It can be computed again at any time.
  private var walked: (stream: RandomStream, epoch: Int, order: [Int])?
  var luaByteCount: Int { bytes.count + lines.count * MemoryLayout<Range<Int>>.stride }

  /// Records are told by their number, and errors by the path.
  var luaDescription: [UInt8] { Array("\(path)\0\(lines)\0".utf8) + bytes }

  init(path: String, bytes: [UInt8], lines: [Range<Int>]) {
    self.path = path
    self.bytes = bytes
    self.lines = lines
  }

  var count: Int { lines.count }

  /// A record, by its index from 0.
  func json(_ index: Int) throws -> JSONValue {
    do {
      return try DataFile.value(bytes, lines[index])
    } catch {
      throw ScriptError("\(path): record \(index + 1): \(error.message)")
    }
  }

  /// Where a record is, for errors.
  func place(_ index: Int) -> String { "\(path), record \(index + 1)" }

  /// data:draw(rng)
  static func draw(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let data = receiver(arguments)
    let index = try random(arguments).draw { $0.below(data.lines.count) }
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
    let (epoch, index) = turn.index.quotientAndRemainder(dividingBy: data.lines.count)
    let found = data.order(of: epoch, turn.stream)[index]
    return [try data.record(found, arguments.state), .integer(Int64(found + 1)), .integer(Int64(epoch + 1))]
  }

  /// data:each()
  static func each(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let data = receiver(arguments)
    let next = arguments.state.function("data:each") { call in
      let index = Int(call[1].asInteger ?? 0)
      guard data.lines.indices.contains(index) else { return [.nil] }
      return [.integer(Int64(index + 1)), try data.record(index, call.state)]
    }
    return [.function(next), .nil, .integer(0)]
  }

  static func count(_ call: inout LuaCall) throws -> [LuaValue] {
    [.integer(Int64(call[0].asObject(DataObject.self)?.lines.count ?? 0))]
  }

  /// data[i]
  static func element(_ data: DataObject, _ key: LuaValue, _ call: inout LuaCall) throws -> LuaValue? {
    guard let index = key.asInteger else {
      throw ScriptError(
        "data has records by number, from 1 to \(data.lines.count), and no field \(shown(key))",
        hint: "methods of data: draw, walk, each; a record's own fields come after its number, as in data[1].text")
    }
    guard index >= 1, index <= data.lines.count else {
      throw ScriptError("\(data.path) has records 1 to \(data.lines.count), got \(index)")
    }
    return try data.record(Int(index) - 1, call.state)
  }

  private func record(_ index: Int, _ state: LuaState) throws -> LuaValue {
    let line = lines[index]
    state.addWork(line.count / 4)
    do {
      return try DataFile.value(bytes, line).lua(state)
    } catch {
      throw ScriptError("\(path): record \(index + 1): \(error.message)")
    }
  }

  /// The order of an epoch: every record once, shuffled by the epoch's own numbers.
  private func order(of epoch: Int, _ stream: RandomStream) -> [Int] {
    if let walked, walked.epoch == epoch, walked.stream == stream { return walked.order }
    var order = Array(lines.indices)
    var cursor = stream.cursor(step: epoch, row: 0)
    cursor.shuffle(&order)
    walked = (stream, epoch, order)
    return order
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
