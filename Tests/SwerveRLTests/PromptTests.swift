import SwerveModel
import SwerveTensor
import Testing

@testable import SwerveRL

@Suite struct PromptTests {
  private let task = try? AdditionTask(comfort: 2, plus: 1)

  @Test(arguments: ["12+345", "Input:\n12+345\nTarget:"])
  func readsASumAsAProblemOfAddition(prompt: String) throws {
    let problem = try #require(try task?.problem(prompt: prompt) as? AdditionProblem)
    #expect(problem.a == 12 && problem.b == 345 && problem.comfort == 2)
    #expect(problem.prompt == "Input:\n12+345\nTarget:")
    #expect(problem.reward(generated: problem.scratchpad) == 1)
    #expect(problem.episodeLimit >= problem.scratchpad.unicodeScalars.count)
  }

  @Test(arguments: ["", "12", "12+", "+3", "1+2+3", "-1+2", "1 + 2", "1234567890123456+1", "12+3x"])
  func rejectsAnythingElse(prompt: String) throws {
    let task = try #require(task)
    #expect(throws: TaskError.self) { try task.problem(prompt: prompt) }
  }

  @Test func acceptsAnyTextForATaskWithoutItsOwnPrompts() throws {
    let problem = try EchoTask().problem(prompt: "ab")
    #expect(problem.prompt == "ab" && problem.solution == nil)
    var end = problem.makeEpisodeEnd()
    #expect(try end.feed("a") == nil)
    #expect(try end.feed("%") == .padded)
  }
}

/// Only what a task must have.
private struct EchoTask: Task {
  let name = "echo"
  let tokenizer: any Tokenizer
  let pad: String? = "%"
  let problemSets = [ProblemSet.training]
  let longestTrainingText = 2

  init() throws { tokenizer = try CharacterTokenizer(alphabet: "ab%") }

  func problem(in set: ProblemSet, using cursor: inout RandomCursor) throws -> any Problem {
    try problem(prompt: "a")
  }
  func trainingText(using cursor: inout RandomCursor) -> TrainingText { TrainingText(prompt: "a", solution: "b") }
  func longestText(in set: ProblemSet) -> Int { 2 }
}
