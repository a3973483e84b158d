import LuaRuntime
import SwerveText

/// What to do about errors in Lua's own words, where those words would leave a person puzzled. Lua gives no more than the words,
/// so this is the one place that reads them; it decides nothing but a hint.
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

  /// - Parameter message: without its place.
  package static func forMessage(_ message: String) -> String? {
    // The second is of `swerve lua`, where an unknown global is nil.
    if absent.contains(where: { message === "unknown global '\($0)'" || message.endsExactly(with: "(global '\($0)')") })
    {
      return "scripts have no files, clock and processes, so that they replay; swerve.text reads a text while they load"
    }
    return byMessage.first { message.containsExactly($0.part) }?.hint
  }

  /// - Parameter message: as above. Whether something was nil where a value belongs.
  static func isAboutNil(_ message: String) -> Bool { message.containsExactly("nil value") }
}
