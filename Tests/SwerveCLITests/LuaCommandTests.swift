import Foundation
import Testing

@Suite struct LuaCommandTests {
  @Test func codeRunsWithTheWholeAPI() throws {
    let outcome = try Program.run(
      ["lua", "-e", "print(require('swerve').anneal.linear { from = 0, to = 20, steps = 11 }(6), 0.1, 1e15)"])
    #expect(outcome.errors.isEmpty)
    #expect(outcome.output == "10.0\t0.1\t1e+15\n")
    #expect(outcome.status == 0)
  }

  @Test func errorsHaveTheirExitCodes() throws {
    let raised = try Program.run(["lua", "-e", "error('no')"])
    #expect(raised.status == 3)
    #expect(raised.errors.hasPrefix("swerve: error: "))
    #expect(try Program.run(["lua", "-e", "while true do end"]).status == 4)
    #expect(try Program.run(["lua", "gone.lua"]).status == 5)
  }

  @Test func thePromptGoesOnAfterErrors() throws {
    let input = """
      x = 20
      x + 1
      = x, "a"
      error("no")
      for i = 1, 2 do
        print(i)
      end
      while true do end
      x
      """
    let outcome = try Program.run(["lua"], input: input)
    #expect(outcome.status == 0)
    #expect(outcome.output == "21\n20\ta\n1\n2\nnil\n")
    #expect(outcome.errors.contains("(prompt):1: no\n"))
    #expect(outcome.errors.contains("a new one starts, without your variables"))
  }
}
