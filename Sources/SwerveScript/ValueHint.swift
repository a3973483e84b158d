import LuaRuntime
import SwerveText

/// Hints about values of the wrong kind.
enum ValueHint {
  /// A hint about two options that are often confused.
  static func forOption(_ path: String, _ value: LuaValue) -> String? {
    switch (path, value) {
    case ("loss", .string(let name)) where Algorithm.all.contains(where: { $0.name === name }):
      "an objective of the library is given by name with algorithm = \(quoted(name))"
    case ("algorithm", .function): "a function is given with loss = ..."
    default: nil
    }
  }

  /// A hint about a value that is neither a tensor nor a number, where one is expected.
  static func forAnswer(_ value: LuaValue) -> String? {
    switch value {
    case .nil: forMissing(value)
    case .boolean: "== and ~= compare whole columns, as one true or false; write x:eq(1) or x:ne(1)"
    default: nil
    }
  }

  /// A hint about a value that is no number, where one number is expected.
  static func forNumber(_ value: LuaValue) -> String? {
    switch value {
    case .nil: forMissing(value)
    case .boolean: "`and 1 or 0` makes a number of a condition, as in x == y and 1 or 0"
    default: nil
    }
  }

  /// A hint about a value that is not there.
  static func forMissing(_ value: LuaValue) -> String? { value.isNil ? "does the function end with `return`?" : nil }
}
