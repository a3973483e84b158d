import SwerveModel
import SwerveTensor

/// A trial of a task's functions: the first problem of a set, with made-up answers.
struct TaskTrial {
  let task: any Task
  /// For errors.
  let stage: String
  let seed: UInt64

  private static let purpose = "check/answers"
  /// Generated tokens of a made-up answer that is not the right one; longer answers show no more mistakes.
  private static let lengths = [8, 3]

  /// The first problem that training or an evaluation would draw from a set. Where the task knows the right answer, the
  /// first answer to it is right. The other answers are random tokens, as a model writes that has learned nothing.
  /// - Parameters:
  ///   - purpose, step: of the stream from which the problem is drawn.
  /// - Throws: what the task throws, with the stage and the set; ModelError for a right answer that has no tokens.
  func episodes(_ set: ProblemSet, purpose: String, step: Int) throws -> Episodes {
    let place = "stage '\(stage)', step \(step), set '\(set.name)'"
    var cursor = RandomStream(seed: seed, purpose: purpose + "/problems").cursor(step: step, row: 0)
    let problem = try locating(place, row: 0) { try task.problem(in: set, using: &cursor) }
    let prompt = try task.tokenizer.encodePrompt(problem.prompt)
    var generated = Self.lengths.enumerated().map { row, length in noise(problem, length: length, row: row) }
    if let solution = problem.solution {
      let right = try Array(task.tokenizer.encode(solution).prefix(problem.episodeLimit))
      if !right.isEmpty { generated[0] = right }
    }
    let judges = generated.map { problem.judge(of: $0, task.tokenizer) }
    let answers = generated.map { problem.answer($0, task.tokenizer) }
    let rewards = try judges.indices.map { row in
      try locating(place, row: row) { try judges[row].reward(generated: answers[row]) }
    }
    let successes = try judges.indices.map { row in
      try locating(place, row: row) { try judges[row].isSuccess(generated: answers[row], reward: rewards[row]) }
    }
    let episodes = Episodes(
      tokenizer: task.tokenizer, problems: judges, prompts: judges.map { _ in prompt }, generated: generated,
      answers: answers, rewards: rewards, successes: successes, group: judges.count, place: place)
    _ = try episodes.criticalProbes()
    return episodes
  }

  /// Tokens at random, up to where they end the episode.
  private func noise(_ problem: any Problem, length: Int, row: Int) -> [Int32] {
    var cursor = RandomStream(seed: seed, purpose: Self.purpose).cursor(step: 0, row: row)
    var stop = EpisodeStop(end: problem.makeEpisodeEnd(), tokenizer: task.tokenizer)
    var tokens: [Int32] = []
    while tokens.count < min(length, problem.episodeLimit) {
      tokens.append(Int32(cursor.below(task.tokenizer.vocabularySize)))
      if stop.stops(after: tokens[tokens.count - 1]) { break }
    }
    return tokens
  }
}

extension TaskStage {
  /// The trial of every set that the stage evaluates.
  func tryEvaluation(_ trial: TaskTrial) throws {
    for (set, _) in evaluation?.sets ?? [] {
      _ = try trial.episodes(set, purpose: Evaluator.purpose(set), step: 0)
    }
  }
}
