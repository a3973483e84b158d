import LuaRuntime
import SwerveRL
import SwerveText

/// The token that a rule of the library is processing. If the script's function for one token fails, the error names
/// this token.
struct CurrentToken: ErrorLocation {
  let columns: TokenColumns
  /// Its field `index` is the index of the token in the batch, from 1; nil after the last token.
  private let at: LuaTable
  /// The library's file that iterates over the tokens.
  private let walker: String

  /// host.follow(tokens, at)
  static func start(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard let columns = arguments[0].asObject(TokenColumns.self), let at = arguments[1].lua.asTable else { return [] }
    host.currentToken = CurrentToken(columns: columns, at: at, walker: arguments.place.file)
    return []
  }

  /// "row 1, position 4 (token "7" in "12+»7«=")"; nil for an error that was not raised during the iteration over the
  /// tokens, such as one after an earlier error that the script caught.
  func place(of error: LuaError) -> String? {
    let isOnTheWay = error.traceback.contains { $0.beginsExactly(with: walker + ":") || $0 == "..." }
    guard isOnTheWay, let index = at.get("index").asInteger, 0 < index, index <= columns.layout.count else {
      return nil
    }
    return columns.place(Int(index) - 1)
  }
}
