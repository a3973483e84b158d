import SwerveModel
import SwerveTensor
import Testing

@testable import SwerveRL

/// The column `mistake`: where a text leaves the solution.
@Suite struct MistakeTests {
  private func marks(_ answers: [String]) throws -> [Float] {
    let task = try AdditionTask(comfort: 1)
    let tokenizer = task.tokenizer
    let problem = try task.problem(prompt: "Input:\n4+5\nTarget:")
    let generated = try answers.map { try tokenizer.encode($0) }
    return Episodes(
      tokenizer: tokenizer, problems: answers.map { _ in problem }, prompts: answers.map { _ in [] },
      generated: generated, answers: answers, rewards: answers.map { _ in 0 }, successes: answers.map { _ in false }
    ).mistakes
  }

  private func solution() throws -> String {
    try #require(try AdditionTask(comfort: 1).problem(prompt: "Input:\n4+5\nTarget:").solution)
  }

  @Test func marksOnlyTheFirstWrongTokenOfAText() throws {
    let right = try solution()
    // Wrong from the fourth token on, in every one that follows.
    let wrong = String(right.prefix(3)) + String(repeating: "9", count: 4)
    #expect(right.dropFirst(3).prefix(1) != "9")
    let marks = try marks([right, wrong])
    #expect(marks.prefix(right.count).allSatisfy { $0 == 0 })
    #expect(Array(marks.dropFirst(right.count)) == [0, 0, 0, 1, 0, 0, 0])
  }

  @Test func marksNothingInATextThatStopsEarlyOrGoesOn() throws {
    let right = try solution()
    #expect(try marks([String(right.dropLast(2)), right + "77"]).allSatisfy { $0 == 0 })
  }
}
