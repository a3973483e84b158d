import SwerveTensor

/// The number of tokens that a stage is likely to process, estimated from texts that its task draws.
package struct StageCost {
  /// Tokens that forward and backward passes read, over all steps.
  package var trained = 0.0
  /// Tokens that the policy generates to learn from.
  package var collected = 0.0
  /// Tokens that are generated in evaluations.
  package var evaluated = 0.0
  /// Tokens that the reference model reads once.
  package var scored = 0.0
  /// Steps of the sampler: prompts are read token by token, too.
  package var sampled = 0.0
  /// Tokens of one text, prompt and answer.
  package var textLength = 1
  /// Tokens of its answer, or of the whole text where all of it is learned.
  package var answerLength = 1
  /// Texts of one step of the optimizer.
  package var textsInStep = 1
  /// Episodes that are sampled together.
  package var textsSampledTogether = 1

  package init() {}

  package var tokens: Double { trained + collected + evaluated }

  /// Adds the evaluations of a stage.
  package mutating func addEvaluations(_ plan: EvaluationPlan?, steps: Int, _ lengths: TextLengths) throws {
    guard let plan else { return }
    let times = plan.count(steps: steps)
    for (set, episodes) in plan.sets {
      let (prompt, answer) = try lengths.episode(set)
      evaluated += Double(times * episodes) * answer
      sampled += Double(times * episodes) * (prompt + answer)
    }
  }
}

/// Mean lengths of a task's texts, in tokens.
package struct TextLengths {
  /// The number of texts that are drawn to estimate a mean length.
  package static let draws = 64

  let task: any Task
  let seed: UInt64

  package init(_ task: any Task, seed: UInt64) {
    self.task = task
    self.seed = seed
  }

  package func trainingText() throws -> Double {
    try mean("plan/texts") { Double(try tokens(try task.trainingText(using: &$0).text)) }
  }

  /// The answer is assumed to be as long as the right one. If the task knows no right answer, half of the limit is
  /// assumed.
  package func episode(_ set: ProblemSet) throws -> (prompt: Double, answer: Double) {
    var prompts = 0.0
    let answer = try mean("plan/\(set.name)") { cursor in
      let problem = try task.problem(in: set, using: &cursor)
      prompts += Double(try tokens(problem.prompt))
      return Double(try problem.solution.map { try tokens($0) } ?? (problem.episodeLimit + 1) / 2)
    }
    return (prompts / Double(Self.draws), answer)
  }

  private func tokens(_ text: String) throws -> Int { try task.tokenizer.encode(text).count }

  private func mean(_ purpose: String, _ length: (inout RandomCursor) throws -> Double) throws -> Double {
    let stream = RandomStream(seed: seed, purpose: purpose)
    var sum = 0.0
    for row in 0..<Self.draws {
      var cursor = stream.cursor(step: 0, row: row)
      sum += try length(&cursor)
    }
    return sum / Double(Self.draws)
  }
}
