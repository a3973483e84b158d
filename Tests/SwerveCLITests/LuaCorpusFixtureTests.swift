import SwerveTestSupport
import Testing

/// The hostile scripts of the fixtures, through the program.
@Suite
struct LuaCorpusFixtureTests {
  @Test(arguments: LuaCorpus.scripts)
  func endsEachScriptAsItsFirstLineSays(name: String) throws {
    let path = LuaCorpus.folder.appendingPathComponent(name).path
    let expected: Int32 =
      switch try LuaCorpus.expectedEnd(name) {
      // Endless recursion is an error of plain Lua's and a limit here.
      case "error": name == "err_recursion.lua" ? 4 : 3
      case "limit": 4
      default: 0
      }
    let outcome = try Program.run(["lua", path])
    #expect(outcome.status == expected, "\(outcome.errors)")
    #expect(!outcome.all.split(separator: "\n").contains { $0.hasPrefix("FAIL:") })
    if name.hasPrefix("det_") { #expect(try Program.run(["lua", path]).output == outcome.output) }
  }
}
