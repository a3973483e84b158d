import LuaRuntime
import SwerveText

/// What to do about errors of Lua's own words, where those words would leave a person puzzled.
package enum Advice {
  private static let byMessage: [(part: String, advice: String)] = [
    (
      "number expected, got tensor",
      "the functions of math take numbers; tensors have methods: x:exp(), x:log(), x:abs(), x:max(y), ..."
    ),
    ("table expected, got tensor", "t:numbers \"NAME\" gives a column as a list of numbers"),
    (
      "table expected, got tokens",
      "columns are read by name, as in t.logp; t:numbers \"NAME\" gives one as a list of numbers"
    ),
    ("get length of a tokens value", "t.count is the number of tokens, t.rows that of texts"),
    ("get length of a tensor value", "x:count() is the number of its elements"),
    ("call a tensor value", "a column is read without a call, as in t.logp"),
  ]

  private static let absent = ["io", "os", "debug", "package", "dofile", "loadfile"]

  /// About two options that people take for each other.
  static func forOption(_ path: String, _ value: LuaValue) -> String? {
    switch (path, value) {
    case ("loss", .string(let name)) where Algorithm.all.contains(where: { $0.name === name }):
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

  /// - Parameter message: without its place.
  package static func forMessage(_ message: String) -> String? {
    // The second is of `swerve lua`, where an unknown global is nil.
    if absent.contains(where: { message === "unknown global '\($0)'" || message.endsExactly(with: "(global '\($0)')") })
    {
      return "scripts have no files, clock and processes, so that they replay; swerve.text reads a text while they load"
    }
    return byMessage.first { message.containsExactly($0.part) }?.advice
  }
}
