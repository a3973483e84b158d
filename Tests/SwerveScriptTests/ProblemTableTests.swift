import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// Problems that are tables: a prompt with whatever else the task's functions are to know.
@Suite struct ProblemTableTests {
  private let scripts = ModelTokenScripts()

  private let sums = """
    prompt = function(rng)
      local a, b = rng:within(10, 99), rng:within(10, 99)
      return { text = a .. ' + ' .. b .. ' =', answer = a + b, parts = { a, b }, exact = true }
    end,
    """

  @Test func passesTheTableToTheFunctions() throws {
    let experiment = try scripts.load(
      scripts.stage(
        sums + """
          solution = function(problem) return tostring(problem.answer) end,
          reward = function(problem, answer, finished)
            return finished and problem.exact and answer == tostring(problem.parts[1] + problem.parts[2]) and 2 or -1
          end,
          success = function(problem, answer) return #answer == #tostring(problem.answer) end,
          critical = function(problem, answer, solution) return { #problem.parts } end
          """))
    try withExtendedLifetime(experiment) {
      for row in 0..<5 {
        let problem = try experiment.problem(row: row)
        let solution = try #require(problem.solution)
        #expect(problem.prompt.hasSuffix(" ="))
        #expect(try problem.reward(generated: solution) == 2 && problem.reward(generated: "1\n") == -1)
        #expect(try problem.isSuccess(generated: solution, reward: 0))
        #expect(try problem.criticalTokens(generated: solution).map(\.offset) == [1])
      }
    }
  }

  @Test func passesEachFunctionTheUnchangedTable() throws {
    let experiment = try scripts.load(
      scripts.stage(
        """
        prompt = function() return { text = 'a', seen = { 1 } } end,
        reward = function(problem) problem.seen[1] = problem.seen[1] + 1; problem.text = 'b'; return problem.seen[1] end,
        success = function(problem) return problem.text == 'a' and problem.seen[1] == 1 end
        """))
    try withExtendedLifetime(experiment) {
      let problem = try experiment.problem()
      #expect(try problem.reward(generated: "x") == 2 && problem.reward(generated: "x") == 2)
      #expect(try problem.isSuccess(generated: "x", reward: 0))
    }
  }

  @Test func seedsMathRandomByTheWholeProblem() throws {
    let experiment = try scripts.load(
      scripts.stage(
        """
        prompt = function(rng) return { text = 'a', number = rng:below(1000000) } end,
        reward = function(problem, answer) return math.random() end
        """))
    try withExtendedLifetime(experiment) {
      let (first, second) = (try experiment.problem(row: 0), try experiment.problem(row: 1))
      let reward = try first.reward(generated: "x")
      #expect(try second.reward(generated: "x") != reward && first.reward(generated: "x") == reward)
    }
  }

  @Test(arguments: [
    ("return {}", "must return a string, or a table whose `text` is one, got a table with text = nil"),
    ("return { text = 12 }", "got a table with text = 12 (number)"),
    ("return { text = 'a', f = print }", "problem.f is a function; a problem must be plain data"),
    ("return { text = 'a', rng = rng }", "problem.rng is "),
    ("return { text = '' }", "must return at least one character, got \"\""),
    ("return 12", "must return a string, got 12 (number)"),
  ])
  func rejectsATableThatIsNoProblem(_ body: String, _ message: String) throws {
    let experiment = try scripts.load(
      scripts.stage("prompt = function(rng) \(body) end, reward = function() return 1 end"))
    let error = failure { _ = try withExtendedLifetime(experiment) { try experiment.problem() } }
    #expect(error?.message.hasPrefix("hook 'prompt' of task 'custom': ") ?? false)
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
  }

  @Test func findsAPromptOfOnesOwnAmongTheTasksProblems() throws {
    let experiment = try scripts.load(
      scripts.stage(
        """
        prompt = function(rng) local n = rng:within(1, 20); return { text = 'n' .. n, n = n } end,
        sets = { large = function(rng) return { text = 'large', n = 1000 } end },
        solution = function(problem) return tostring(problem.n) end, reward = function(problem) return problem.n end
        """))
    try withExtendedLifetime(experiment) {
      let task = try #require((experiment.plan.stages.last as? any TaskStage)?.task)
      for (prompt, number) in [("n7", Float(7)), ("n20", 20), ("large", 1000)] {
        let problem = try task.problem(prompt: prompt)
        #expect(try problem.prompt == prompt && problem.reward(generated: "x") == number && problem.solution != nil)
      }
      let unknown = try task.problem(prompt: "n21")
      #expect(try unknown.prompt == "n21" && unknown.reward(generated: "x") == 0 && unknown.solution == nil)
    }
  }

  @Test func takesAPromptOfATaskWithoutTablesAsItIs() throws {
    let experiment = try scripts.load(
      scripts.stage("prompt = function() return 'a' end, reward = function(problem) return #problem end"))
    try withExtendedLifetime(experiment) {
      let task = try #require((experiment.plan.stages.last as? any TaskStage)?.task)
      #expect(try task.problem(prompt: "why").reward(generated: "x") == 3)
    }
  }
}
