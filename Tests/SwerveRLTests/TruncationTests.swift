import SwerveTensor
import Testing

@testable import SwerveRL

/// Which answers a limit of length ended.
@Suite struct TruncationTests {
  private let task: AdditionTask
  private let problem: any Problem

  init() throws {
    task = try AdditionTask(comfort: 1)
    var cursor = RandomStream(seed: 3, purpose: "problem").cursor(step: 0, row: 0)
    problem = try task.problem(in: .comfort, using: &cursor)
  }

  private func truncated(_ answers: [String]) throws -> [Bool] {
    Episodes(
      tokenizer: task.tokenizer, problems: answers.map { _ in problem }, prompts: answers.map { _ in [] },
      generated: try answers.map { try task.tokenizer.encode($0) }, answers: answers, rewards: answers.map { _ in 0 },
      successes: answers.map { _ in false }
    ).truncated
  }

  @Test func countsAnAnswerThatEndsByItselfAsWhole() throws {
    let solution = try #require(problem.solution)
    #expect(try truncated([solution, "1" + String(AdditionTask.pad)]) == [false, false])
  }

  /// The context ends answers before the task's own limit does.
  @Test func countsAnAnswerThatStopsAnywhereElseAsTruncated() throws {
    let solution = try #require(problem.solution)
    let atLimit = String(repeating: "1", count: problem.episodeLimit)
    #expect(try truncated([String(solution.dropLast()), atLimit, "1"]) == [true, true, true])
  }
}
