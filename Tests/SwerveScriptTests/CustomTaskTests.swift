import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// swerve.tasks.custom: tasks whose prompts and rewards are Lua functions.
@Suite struct CustomTaskTests {
  /// The parts of a task that writes words backwards; a test replaces some.
  private static let parts = [
    "alphabet": "'abc>.'", "prompt": "function(rng) return ('abc'):sub(1, rng:within(1, 3)) .. '>' end",
    "solution": "function(prompt) return prompt:sub(1, -2):reverse() end", "stop": "'.'", "longest_prompt": "4",
    "limit": "4",
  ]

  private func script(_ changes: [String: String]) -> String {
    let parts = Self.parts.merging(changes) { $1 }.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
    let options = parts.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
    return """
      return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 512 }, steps = 1, lr = 0.01, batch = 4, \
      task = swerve.tasks.custom { \(options) } }
      """
  }

  /// The task, with the experiment that owns its Lua state.
  private func task(_ changes: [String: String] = [:]) throws -> (task: any Task, owner: ScriptedExperiment) {
    let experiment = try load(script(changes))
    guard let plan = experiment.pretrainPlan else { fatalError("the script makes one stage") }
    return (plan.task, experiment)
  }

  private func cursor(row: Int = 0) -> RandomCursor {
    RandomStream(seed: 3, purpose: "test").cursor(step: 1, row: row)
  }

  @Test func drawsAndRewardsAProblem() throws {
    let (task, owner) = try task(["sets": "{ long = function(rng) return 'abc>' end }"])
    try withExtendedLifetime(owner) {
      var random = cursor()
      let problem = try task.problem(in: ProblemSet("long"), using: &random)
      #expect(problem.prompt == "abc>" && problem.solution == "cba." && problem.episodeLimit == 4)
      #expect(try problem.reward(generated: "cba.") == 1)
      #expect(try problem.reward(generated: "cba") == 0)
      #expect(try problem.isSuccess(generated: "cba.", reward: 1))
      #expect(task.problemSets == [.training, ProblemSet("long")])
      #expect(try task.longestText(in: .training) == 8 && task.longestTrainingText == 8)
      #expect(throws: TaskError.self) { try task.problem(in: ProblemSet("short"), using: &random) }
    }
  }

  @Test func endsAnEpisodeWithTheStopOrAtTheLimit() throws {
    let (task, owner) = try task(["stop": "'>.'", "limit": "6"])
    try withExtendedLifetime(owner) {
      var random = cursor()
      let problem = try task.problem(in: .training, using: &random)
      func end(_ text: String) throws -> (EpisodeEndReason, Int)? {
        var end = problem.makeEpisodeEnd()
        for (index, scalar) in text.unicodeScalars.enumerated() {
          if let reason = try end.feed(scalar) { return (reason, index + 1) }
        }
        return nil
      }
      let answered = try #require(try end("a>>.b"))
      #expect(answered == (.answered, 4))
      let long = try #require(try end("abcabcabc"))
      #expect(long == (.limit, 6))
      #expect(try end("ab>") == nil)
    }
  }

  @Test func takesRewardSuccessAndCriticalTokensFromTheScript() throws {
    let (task, owner) = try task([
      "reward": "function(prompt, answer, finished) return #answer / 2 - (finished and 0 or 1) end",
      "success": "function(prompt, answer, finished) return answer == 'b' end",
      "critical": "function(prompt, answer, solution) return { 1, 3, 9 } end",
      "prompt": "function(rng) return 'abc>' end",
    ])
    try withExtendedLifetime(owner) {
      var random = cursor()
      let problem = try task.problem(in: .training, using: &random)
      #expect(try problem.reward(generated: "bc.") == 1)
      #expect(try problem.reward(generated: "bc") == 0)
      #expect(try problem.isSuccess(generated: "b.", reward: 0.5))
      #expect(try !problem.isSuccess(generated: "c.", reward: 0.5))
      // Positions past the generated text have no probability.
      let probes = try problem.criticalTokens(generated: "cb")
      #expect(probes == [CriticalToken(offset: 0, character: "c", group: "tokens", name: "token_1")])
      #expect(try problem.criticalTokens(generated: "cbb.").map(\.character) == ["c", "a"])
    }
  }

  @Test func drawsPromptsFromTheStreamOnly() throws {
    func prompts() throws -> [String] {
      let (task, owner) = try task()
      return try withExtendedLifetime(owner) {
        try (0..<20).map { row in
          var random = cursor(row: row)
          return try task.problem(in: .training, using: &random).prompt
        }
      }
    }
    let first = try prompts()
    #expect(try prompts() == first)
    #expect(Set(first).count == 3)
  }

  @Test(arguments: [
    (["alphabet": "'abca>.'"], "option 'alphabet': the alphabet has \"a\" (U+0061) twice, at positions 0 and 3"),
    (["stop": "'!'"], "option 'stop' has the character \"!\", which option 'alphabet' lacks"),
    (["stop": "''"], "option 'stop' must be at least one character"),
    (["solution": ""], "swerve.tasks.custom needs `reward`, `solution` or both"),
    (["sets": "{ training = function(rng) end }"], "that is what `prompt` draws"),
    (["prompt": "'abc'"], "option 'prompt' must be a function, got \"abc\" (string)"),
    (["promt": "1"], "unknown option 'promt' of swerve.tasks.custom; did you mean 'prompt'?"),
  ])
  func findsMistakesInTheOptionsAtOnce(_ changes: [String: String], _ message: String) {
    let error = failure(script(changes))
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.place?.line == 2)
  }

  @Test func hintsWhatToLowerForTextsThatDoNotFitTheContext() {
    let error = failure(
      """
      return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 8 }, steps = 1, lr = 0.01,
        task = swerve.tasks.custom { alphabet = "ab\\n", longest_prompt = 6, prompt = function() return "a" end,
          solution = function() return "b" end } }
      """)
    #expect(error?.message == "stage 'pretrain': a training text may have 70 tokens, but the model's context is 8")
    #expect(
      error?.hint == "lower the task's longest_prompt (6) or limit (64), or use a model with a longer context")
  }

  @Test(arguments: [
    (["prompt": "function(rng) end"], "hook 'prompt' of task 'custom': must return a string, got nil"),
    (
      ["prompt": "function(rng) return 'axb>' end"],
      "\"axb>\": character \"x\" (U+0078) at offset 1 is not in the alphabet"
    ),
    (["prompt": "function(rng) return 'abcc>' end"], "\"abcc>\" has 5 characters, but option 'longest_prompt' is 4"),
    (["prompt": "function(rng) return '' end"], "must return at least one character"),
    (["prompt": "function(rng) return rng:column() end"], "there are no tokens here to draw a column for"),
    (["prompt": "function(rng) error('broken') end"], "hook 'prompt' of task 'custom': broken"),
    (["solution": "function(prompt) return 'aaaa' end"], "has 5 characters, but option 'limit' is 4"),
    (["solution": "function(prompt) return 'a.b' end"], "the solution \"a.b\" has the stop \".\" in it"),
    (["reward": "function() return 0/0 end"], "the reward must be a finite number, got nan (number)"),
    (["reward": "function() end"], "answer \"a.\": the reward must be a finite number, got nil"),
    (["success": "function() return 1 end"], "must return true or false, got 1 (number)"),
    (
      ["critical": "function() return { 2, 1 } end"], "positions must be whole numbers from 1 that rise, got 1 (number)"
    ),
    (["prompt": "function(rng) while true do end end"], "hook 'prompt' of task 'custom'"),
  ])
  func namesAHookThatReturnsSomethingElse(_ changes: [String: String], _ message: String) throws {
    let (task, owner) = try task(changes)
    let error = failure {
      try withExtendedLifetime(owner) {
        var random = cursor()
        let problem = try task.problem(in: .training, using: &random)
        _ = try problem.reward(generated: "a.")
        _ = try problem.isSuccess(generated: "a.", reward: 1)
        _ = try problem.criticalTokens(generated: "abc.")
      }
    }
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.place?.file == "examples/test.lua")
  }

  @Test func acceptsAnAlphabetThatIsAListOfAnyCharacters() throws {
    let (task, owner) = try task([
      "alphabet": "{ 'äöü', '→', '日本.' }", "prompt": "function(rng) return '日本→' end",
      "solution": "function(prompt) return 'ü' end",
    ])
    try withExtendedLifetime(owner) {
      #expect(try task.tokenizer.identity == CharacterTokenizer(alphabet: "äöü→日本.").identity)
      var random = cursor()
      let problem = try task.problem(in: .training, using: &random)
      #expect(problem.prompt == "日本→" && problem.solution == "ü.")
      #expect(try problem.reward(generated: "ü.") == 1)
    }
    let error = failure(script(["alphabet": "{ 'abc', 1 }"]))
    #expect(error?.message == "option 'alphabet' must be a list of strings, got a table")
  }

  @Test func drawsWholeTextsToPreTrainOn() throws {
    let (task, owner) = try task(["text": "function(rng) return ('abcabc'):sub(rng:within(1, 3)) end"])
    try withExtendedLifetime(owner) {
      let texts = try (0..<20).map { row in
        var random = cursor(row: row)
        return try task.trainingText(using: &random).text
      }
      #expect(Set(texts) == ["abcabc", "bcabc", "cabc"])
    }
  }

  @Test(arguments: [
    ("return ('a'):rep(9)", "\"aaaaaaaaa\" has 9 characters, but 'longest_prompt' + 'limit' is 8"),
    ("return 'a'", "must return at least two characters, got \"a\""),
    ("return 'ax'", "character \"x\" (U+0078) at offset 1 is not in the alphabet"),
    ("return 12", "must return a string, got 12 (number)"),
  ])
  func checksAWholeText(_ body: String, _ message: String) throws {
    let (task, owner) = try task(["text": "function(rng) \(body) end"])
    let error = failure {
      var random = cursor()
      _ = try withExtendedLifetime(owner) { try task.trainingText(using: &random) }
    }
    #expect(error?.message.hasPrefix("hook 'text' of task 'custom': ") ?? false)
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
  }

  @Test func seedsMathRandomByTheArguments() throws {
    let (task, owner) = try task([
      "prompt": "function(rng) return ('abc'):sub(math.random(3)) .. '>' end",
      "reward": "function(prompt, answer) return math.random() end",
    ])
    try withExtendedLifetime(owner) {
      func draw(_ row: Int) throws -> any Problem {
        var random = cursor(row: row)
        return try task.problem(in: .training, using: &random)
      }
      let prompts = try (0..<20).map { try draw($0).prompt }
      #expect(Set(prompts).count == 3)
      // In another order, and with other calls between them.
      #expect(try (0..<20).reversed().map { try draw($0).prompt } == prompts.reversed())
      let problem = try draw(0)
      let first = try problem.reward(generated: "a.")
      #expect(try problem.reward(generated: "b.") != first)
      #expect(try problem.reward(generated: "a.") == first)
    }
  }

  @Test func givesTheSameBitsAtAnyNumberOfThreads() throws {
    func weights(threads: Int) throws -> [Float] {
      let (task, owner) = try task(["reward": "function(prompt, answer) return #answer end"])
      return try withExtendedLifetime(owner) {
        try withPool(threads: threads) { pool in
          let model = Transformer(
            try ModelConfiguration(layers: 1, heads: 1, width: 8, context: 8, vocabulary: task.tokenizer.vocabularySize)
          )
          model.initialize(RandomStream(seed: 1, purpose: "weights"))
          let episodes = try Collector(task: task, pool: pool, seed: 5, stage: "rl").collect(
            model, set: .training, count: 20, mode: .sample(temperature: 1), purpose: "p", step: 1, problemStep: 1)
          return episodes.rewards + episodes.generated.flatMap { $0.map(Float.init) }
        }
      }
    }
    #expect(try weights(threads: 1) == weights(threads: 3))
  }
}
