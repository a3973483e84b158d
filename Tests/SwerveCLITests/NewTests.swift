import Foundation
import Testing

@Suite struct NewTests {
  @Test func makesAStarterThatChecksAndPassesItsTest() throws {
    let folder = try TemporaryFolder()
    let made = try Program.run(["new", "first"], in: folder.url)
    #expect(made.status == 0)
    #expect(made.output.hasPrefix("first/first.lua\nfirst/rule.lua\nfirst/rule_test.lua\n"))
    #expect(made.errors == "next: cd first && swerve run first.lua\n")
    let place = folder.file("first")
    #expect(try Program.run(["check", "first.lua"], in: place).status == 0)
    let tested = try Program.run(["test"], in: place)
    #expect(tested.status == 0 && tested.output.contains("2 passed, 0 failed"), "\(tested.all)")
    let run = try Program.run(["run", "first.lua", "--set", "steps=6", "--set", "updates=2", "--quiet"], in: place)
    #expect(run.status == 0, "\(run.errors)")
    // What editors read is there and says so.
    #expect(try folder.text("first/.swerve/lua/_meta/swerve.lua").hasPrefix("---@meta swerve.host\n"))
    #expect(folder.exists("first/.swerve/lua/swerve/anneal.lua"))
    let settings = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.file("first/.luarc.json")))
    #expect((settings as? [String: Any])?["workspace.library"] as? [String] == [".swerve/lua"])
  }

  @Test func makesATestThatCanFail() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(["new", "first"], in: folder.url).status == 0)
    try "return function() return 1 end".write(
      to: folder.file("first/rule.lua"), atomically: false, encoding: .utf8)
    let outcome = try Program.run(["test", "rule_test.lua"], in: folder.file("first"))
    #expect(outcome.status == 1 && outcome.all.contains("one that nothing is known of is free"), "\(outcome.all)")
  }

  @Test func overwritesNothing() throws {
    let folder = try TemporaryFolder()
    try "mine".write(to: folder.file("first"), atomically: false, encoding: .utf8)
    let outcome = try Program.run(["new", "first"], in: folder.url)
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("swerve: error: first exists already, and nothing is overwritten\n"))
    #expect(try folder.text("first") == "mine")
  }

  @Test(arguments: ["a b", ".hidden", "a%b", "."])
  func rejectsAnInvalidName(name: String) throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(["new", name], in: folder.url).status == 2)
    #expect(try folder.names().isEmpty)
  }
  @Test func keepsANameWithAFullStopWholeInTheMessage() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(["new", "No. 1"], in: folder.url)
    #expect(outcome.errors.hasSuffix("and '.', not starting with '.', got \"No. 1\"\n"), "\(outcome.errors)")
  }
}
