import LuaRuntime
import SwerveText

/// Hints for Lua's own error messages that are hard to understand. Lua gives only the message text, so this code
/// reads it. Nothing but the hint depends on it.
package enum LuaErrorHint {
  private static let byMessage: [(part: String, hint: String)] = [
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

  /// - Parameter message: without its file and line.
  package static func forMessage(_ message: String) -> String? {
    // The second form occurs in `swerve lua`, where an unknown global is nil.
    if absent.contains(where: { message === "unknown global '\($0)'" || message.endsExactly(with: "(global '\($0)')") })
    {
      return "scripts have no files, clock and processes, so that they replay; swerve.text reads a text while they load"
    }
    return byMessage.first { message.containsExactly($0.part) }?.hint
  }

  /// - Parameter message: as above. Returns whether a value was expected and nil was found.
  static func isAboutNil(_ message: String) -> Bool {
    ["nil value", "compare nil with", " with nil"].contains { message.containsExactly($0) }
  }
}
