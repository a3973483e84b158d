import SwerveModel
import SwerveTensor

/// Episodes that one model generated: one row each.
package struct Episodes {
  let tokenizer: any Tokenizer
  package let problems: [any Problem]
  package let prompts: [[Int32]]
  /// Generated tokens of each row.
  package let generated: [[Int32]]
  /// Their text up to where each episode ended, with U+FFFD for bytes that are no characters.
  package let answers: [String]
  /// Reward of each row, given at its last token.
  package let rewards: [Float]
  let successes: [Bool]
  /// Rows that answer the same problem, next to each other.
  var group = 1
  /// Where they come from, for errors: "stage 'rl', step 3, set 'hard'".
  var place = ""
  /// What the policy said when it generated each row, where it was kept: each token's logits and the critic's values.
  package var logits: [KeptLogits] = []
  package var values: [[Float]] = []

  package var count: Int { problems.count }
  package var layout: TokenLayout { TokenLayout(rowLengths: generated.map(\.count)) }
  /// Share of rows that are a success. These three are nil where there are no rows.
  package var success: Float? { count == 0 ? nil : Float(successes.count(where: \.self)) / Float(count) }
  package var meanReward: Float? { doubleMean(rewards).map { Float($0) } }
  package var meanLength: Float? { doubleMean(generated.map { Float($0.count) }).map { Float($0) } }

  /// Whether a limit of length ended each row, the task's or the context's, rather than a token of its own.
  var truncated: [Bool] {
    zip(problems, generated).map { problem, tokens in
      problem.ending(of: tokens, tokenizer).map { $0.reason == .limit } ?? true
    }
  }

  /// The first rows.
  func first(_ rows: Int) -> Episodes {
    Episodes(
      tokenizer: tokenizer, problems: Array(problems.prefix(rows)), prompts: Array(prompts.prefix(rows)),
      generated: Array(generated.prefix(rows)),
      answers: Array(answers.prefix(rows)), rewards: Array(rewards.prefix(rows)),
      successes: Array(successes.prefix(rows)), group: group, place: place, logits: Array(logits.prefix(rows)),
      values: Array(values.prefix(rows)))
  }

  /// Without the logits, once they were scored: they take much memory.
  var withoutLogits: Episodes {
    var episodes = self
    episodes.logits = []
    return episodes
  }

  /// The critical tokens of each row.
  func criticalProbes() throws -> [[CriticalProbe]] {
    var finder = CriticalTokenFinder(tokenizer)
    return try problems.indices.map { row in
      let places = try locating(place, row: row) { try problems[row].criticalTokens(generated: answers[row]) }
      return finder.probes(places, in: generated[row])
    }
  }

  /// What each token of a row has of the answer: the characters that begin in it, as people see them. Together they are the answer.
  func texts(ofRow row: Int) -> [String] { TokenSpans(generated[row], tokenizer).pieces(of: answers[row]) }

  /// For each token 1 where its row leaves the solution for the first time, else 0. What follows a whole solution is no
  /// mistake here: the reward judges it.
  var mistakes: [Float] {
    problems.indices.flatMap { row -> [Float] in
      var marks = [Float](repeating: 0, count: generated[row].count)
      guard let solution = problems[row].solution else { return marks }
      let pairs = zip(solution.unicodeScalars, answers[row].unicodeScalars)
      if let first = pairs.enumerated().first(where: { $1.0 != $1.1 })?.offset,
        let token = TokenSpans(generated[row], tokenizer).token(ofCharacter: first)
      {
        marks[token] = 1
      }
      return marks
    }
  }
}

/// Draws problems and lets a model answer them.
package final class Collector {
  let task: any Task
  let tokenizer: any Tokenizer
  let pool: WorkerPool
  let seed: UInt64
  /// Whose episodes they are, for errors.
  let stage: String
  /// Of the model that was asked last, with its caches.
  private var sampler: Sampler?
  /// Larger tables of logits (tokens x V) are not kept, but computed again where they are needed.
  static let mostLogits = 1 << 28

  package init(task: any Task, pool: WorkerPool, seed: UInt64, stage: String) {
    self.task = task
    self.stage = stage
    tokenizer = task.tokenizer
    self.pool = pool
    self.seed = seed
  }

  /// - Parameters:
  ///   - purpose: names the streams: `PURPOSE/problems` draws problem i at (problemStep, row i), `PURPOSE/tokens` its tokens at
  ///     (step, row i, position).
  ///   - problemStep: the same for all evaluations of a run, so that they meet the same problems.
  ///   - group: episodes of each problem, next to each other: problem i is that of rows i group..<(i + 1) group.
  package func collect(
    _ model: Transformer, set: ProblemSet, count: Int, mode: SamplingMode, purpose: String, step: Int, problemStep: Int,
    group: Int = 1
  ) throws -> Episodes {
    let draws = RandomStream(seed: seed, purpose: purpose + "/problems")
    let place = "stage '\(stage)', step \(step), set '\(set.name)'"
    let problems = try (0..<count / group).flatMap { row in
      var cursor = draws.cursor(step: problemStep, row: row)
      let problem = try locating(place, row: row) { try task.problem(in: set, using: &cursor) }
      return [any Problem](repeating: problem, count: group)
    }
    let prompts = try problems.map { try tokenizer.encodePrompt($0.prompt) }
    let limits = zip(problems, prompts).map { problem, prompt in
      min(problem.episodeLimit, model.configuration.context - prompt.count)
    }
    let keepsLogits = limits.reduce(0, +) * model.configuration.vocabulary <= Self.mostLogits
    let generations = try sampler(of: model).generate(
      prompts: prompts, rules: problems.map { EpisodeStop(end: $0.makeEpisodeEnd(), tokenizer: tokenizer) },
      limits: limits, mode: mode, stream: RandomStream(seed: seed, purpose: purpose + "/tokens"), step: step,
      keepsLogits: keepsLogits)
    let answers = zip(problems, generations).map { $0.answer($1.tokens, tokenizer) }
    let judges = zip(problems, generations).map { $0.judge(of: $1.tokens, tokenizer) }
    let rewards = try problems.indices.map { row in
      try locating(place, row: row) { try judges[row].reward(generated: answers[row]) }
    }
    let successes = try problems.indices.map { row in
      try locating(place, row: row) { try judges[row].isSuccess(generated: answers[row], reward: rewards[row]) }
    }
    return Episodes(
      tokenizer: tokenizer, problems: judges, prompts: prompts, generated: generations.map(\.tokens),
      answers: answers, rewards: rewards, successes: successes, group: group, place: place,
      logits: keepsLogits ? generations.map(\.logits) : [], values: keepsLogits ? generations.map(\.values) : [])
  }

  private func sampler(of model: Transformer) -> Sampler {
    if let sampler, sampler.model === model { return sampler }
    let new = Sampler(model, pool: pool)
    sampler = new
    return new
  }
}
