import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

extension TokenColumns: LuaObject {
  package static var luaTypeName: String { "tokens" }

  /// "row 1, position 4 (token \"7\" in \"12+»7«=\")" for the packed index of a token; rows and positions from 1.
  func place(_ index: Int) -> String {
    let (row, position) = layout.row(of: index)
    let range = layout.range(ofRow: row)
    // The generated text around the token, as much as fits into a line.
    let before = text(max(range.lowerBound, index - 16)..<index)
    let after = text(index + 1..<min(range.upperBound, index + 9))
    let around = quoted("\(before)»\(text(index))«\(after)")
    return "row \(row + 1), position \(position + 1) (token \(quoted(text(index))) in \(around))"
  }

  /// - Throws: ScriptError for a column that does not exist.
  func known(_ name: String) throws -> Tensor {
    if let tensor = try column(name) { return tensor }
    if names.containsExactly(name), let (need, advice) = Column.named(name)?.need {
      throw ScriptError("column '\(name)' needs \(need)", hint: advice)
    }
    let present = present
    throw ScriptError(
      "there is no column '\(label(name))' here" + didYouMean(name, among: ["count", "rows"] + present),
      hint: "columns: " + present.joined(separator: ", "))
  }

  /// The names of columns that have values. It reads a copy, so that no column counts as used.
  private var present: [String] {
    let copy = renewed()
    return names.filter { Column.named($0)?.need == nil || (try? copy.column($0)) != nil }
  }

  static func numbers(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let name = arguments[1].asString
    let tensor = try receiver(arguments).known(name)
    if case .tokensBy = tensor.shape { throw ScriptError("'\(name)' has more than one number for each token") }
    return [.table(arguments.state.makeTable(numbers: tensor.values.map(Double.init)))]
  }

  static func tensor(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let columns = receiver(arguments)
    guard case .numbers(let numbers) = arguments[1] else { return [] }
    guard numbers.count == columns.layout.count else {
      throw ScriptError("argument 'values' must have \(columns.layout.count) numbers, got \(numbers.count)")
    }
    return [.object(try Tensor.constant(numbers.map(Float.init), shape: .tokens(columns.layout)))]
  }

  static func text(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let columns = receiver(arguments)
    let index = arguments[1].asInteger
    guard index <= columns.layout.count else {
      throw ScriptError("argument 'index' must be in [1, \(columns.layout.count)], got \(index)")
    }
    return [.string(columns.text(index - 1))]
  }

  private static func receiver(_ arguments: CheckedArguments) -> TokenColumns {
    guard let columns = arguments[0].asObject(TokenColumns.self) else { preconditionFailure("a method of tokens") }
    return columns
  }
}

enum TokenColumnsBinding {
  static var name: String { TokenColumns.luaTypeName }

  static func register(_ object: APIObject, in state: LuaState, host: ScriptHost) {
    state.register(TokenColumns.self) { type in
      host.addMethods(object, to: type)
      type.operation(.tostring) { call in
        let layout = call[0].asObject(TokenColumns.self)?.layout
        return [.string(layout.map { "tokens: \($0.count) in \($0.rows) rows" } ?? "tokens")]
      }
      type.index { columns, key, _ in
        switch key {
        case .string("count"): .integer(Int64(columns.layout.count))
        case .string("rows"): .integer(Int64(columns.layout.rows))
        default: .object(try columns.known(key.asString.map(label) ?? shown(key)))
        }
      }
    }
  }
}
