import LuaRuntime
import SwerveText

/// The cases of a file of tests, in the order in which it declares them.
struct DeclaredTests {
  private(set) var cases: [(name: String, body: LuaFunction)] = []

  mutating func declare(_ name: String, _ body: LuaFunction, inTests: Bool) throws {
    guard inTests else {
      throw ScriptError(
        "testing.case is for files of tests",
        hint: "give the file a name that ends in _test.lua and run `swerve test FILE`")
    }
    guard !cases.contains(where: { $0.name === name }) else {
      throw ScriptError("there is already a case \(quoted(name)) in this file; each needs a name of its own")
    }
    cases.append((name, body))
  }
}
