import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// The built-in addition, written again in Lua: the same numbers from the same stream, the same rewards.
@Suite struct CustomAdditionTests {
  private static let script = """
    local function number(rng, digits)
      return digits == 1 and rng:within(0, 9) or rng:within(10, 99)
    end
    local function sum(prompt)
      local a, b = prompt:match("(%d+)%+(%d+)")
      return (tostring(a + b):gsub("%d", "%0 "):sub(1, -2))
    end
    return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 512 }, steps = 1, lr = 0.01,
      task = swerve.tasks.custom {
        alphabet = "\(AdditionTask.alphabet.replacing("\n", with: "\\n"))", stop = "%", limit = 400,
        prompt = function(rng)
          local first, second = rng:within(1, 2), rng:within(1, 2)
          return ("Input:\\n%d+%d\\nTarget:"):format(number(rng, first), number(rng, second))
        end,
        reward = function(prompt, answer)
          return answer:match("</scratch>\\n([^\\n]*)\\n") == sum(prompt) and 1 or -1
        end,
      } }
    """

  @Test func matchesTheBuiltInTask() throws {
    let builtIn = try AdditionTask(comfort: 2)
    let experiment = try load(Self.script)
    guard let plan = experiment.pretrainPlan else { fatalError("the script makes one stage") }
    try withExtendedLifetime(experiment) {
      for row in 0..<50 {
        var random = RandomStream(seed: 3, purpose: "test").cursor(step: 1, row: row)
        var same = random
        let problem = try plan.task.problem(in: .training, using: &random)
        let expected = try builtIn.problem(in: .comfort, using: &same)
        #expect(problem.prompt == expected.prompt, "row \(row)")
        #expect(random.word() == same.word())
        let right = try #require(expected.solution)
        for text in [right, right.replacing("scratch>\n1", with: "scratch>\n2"), String(right.dropLast(4)), "5\n"] {
          #expect(try problem.reward(generated: text) == expected.reward(generated: text), "row \(row): \(text)")
        }
      }
    }
  }
}
