import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// Errors of a task's functions while a stage runs: they name the stage, the step, the set and the row.
@Suite struct CustomTaskPlaceTests {
  /// Collects episodes of a task whose function `hook` is replaced.
  private func collect(_ hook: String, _ body: String, limits: LuaLimits = LuaLimits()) -> ScriptError? {
    var parts = [
      "prompt": "function(rng) return 'a>' end", "solution": "function(prompt) return 'b' end",
      "reward": "function() return 1 end", "critical": "function() return { 1 } end",
    ]
    parts[hook] = "function(prompt, answer) \(body) end"
    let options = parts.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
    return failure {
      let experiment = try load(
        """
        return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 8 }, steps = 1, lr = 0.01, \
        task = swerve.tasks.custom { alphabet = 'ab>.', stop = '.', longest_prompt = 2, limit = 3,
        sets = { hard = function(rng) return 'aa' end }, \(options) } }
        """, limits: limits)
      let plan = try #require(experiment.pretrainPlan)
      let model = Transformer(try ModelConfiguration(layers: 1, heads: 1, width: 8, context: 8, vocabulary: 4))
      model.initialize(RandomStream(seed: 1, purpose: "weights"))
      try withExtendedLifetime(experiment) {
        try withPool(threads: 1) { pool in
          _ = try Collector(task: plan.task, pool: pool, seed: 5, stage: "rl").collect(
            model, set: ProblemSet("hard"), count: 4, mode: .sample(temperature: 1), purpose: "p", step: 7,
            problemStep: 7)
        }
      }
    }
  }

  @Test func namesTheRowOfAPrompt() {
    let error = collect("solution", "return nil")
    #expect(
      error?.message
        == "hook 'solution' of task 'custom', prompt \"aa\": must return a string, got nil "
        + "(stage 'rl', step 7, set 'hard', row 1)")
    #expect(error?.place?.line == 3)
  }

  @Test func namesTheRowOfAnAnswer() {
    let error = collect("reward", "return #answer > 0 and 1 / 0 or 0")
    #expect(error?.message.contains("the reward must be a finite number, got inf") ?? false)
    #expect(error?.message.contains("(stage 'rl', step 7, set 'hard', row ") ?? false, "\(String(describing: error))")
  }

  @Test(arguments: ["solution", "reward"])
  func stopsAFunctionThatNeverEnds(_ hook: String) {
    let error = collect(hook, "while true do end", limits: LuaLimits(instructions: 100_000))
    #expect(error?.kind == .limit("instructions"))
    #expect(error?.message.contains("hook '\(hook)' of task 'custom'") ?? false, "\(String(describing: error))")
    #expect(error?.message.hasSuffix("(stage 'rl', step 7, set 'hard', row 1)") ?? false)
  }

  @Test func rejectsAFunctionThatKeepsState() {
    let error = collect("reward", "seen = (rawget(_G, 'seen') or 0) + 1; return seen")
    #expect(error?.message.contains("it changed global 'seen'") ?? false, "\(String(describing: error))")
  }
}
