import Foundation
import Testing

@Suite struct LuaCommandTests {
  @Test func runsCodeWithTheWholeAPI() throws {
    let outcome = try Program.run(
      ["lua", "-e", "print(require('swerve').anneal.linear { from = 0, to = 20, steps = 11 }(6), 0.1, 1e15)"])
    #expect(outcome.errors.isEmpty)
    #expect(outcome.output == "10.0\t0.1\t1e+15\n")
    #expect(outcome.status == 0)
  }

  @Test func returnsTheExitCodeOfEachError() throws {
    let raised = try Program.run(["lua", "-e", "error('no')"])
    #expect(raised.status == 3)
    #expect(raised.errors.hasPrefix("swerve: error: "))
    #expect(try Program.run(["lua", "-e", "while true do end"]).status == 4)
    #expect(try Program.run(["lua", "gone.lua"]).status == 5)
  }

  @Test func raisesALimitByItsName() throws {
    let loop = ["lua", "-e", "for i = 1, 3e5 do end print 'done'", "--limit"]
    let reached = try Program.run(loop + ["instructions=200k"])
    #expect(reached.status == 4)
    #expect(
      reached.errors == """
        swerve: error: (command line):1: the instruction limit of 200000 was reached
          hint: --limit instructions=NUMBER raises it; limits hold for loading and for each call of a hook

        """)
    #expect(try Program.run(loop + ["instructions=2M"]).output == "done\n")
    let unknown = try Program.run(loop + ["instruction=2M"])
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("got \"instruction=2M\"; did you mean 'instructions'?"))
    #expect(try Program.run(loop + ["memory=much"]).errors.contains("such as 500000, 128k, 128M or 2G, got \"much\""))
  }

  @Test func continuesThePromptAfterErrors() throws {
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
