import LuaRuntime
import SwerveText

/// What to do about a value that does not belong where it was given.
enum ValueHint {
  /// About two options that people take for each other.
  static func forOption(_ path: String, _ value: LuaValue) -> String? {
    switch (path, value) {
    case ("loss", .string(let name)) where Algorithm.all.contains { $0.name === name }:
      "an objective of the library is given by name with algorithm = \(quoted(name))"
    case ("algorithm", .function): "a function is given with loss = ..."
    default: nil
    }
  }

  /// About a value where a tensor or a number belongs.
  static func forAnswer(_ value: LuaValue) -> String? {
    switch value {
    case .nil: "does the function end with `return`?"
    case .boolean: "== and ~= compare whole columns, as one true or false; write x:eq(1) or x:ne(1)"
    default: nil
    }
  }
}
