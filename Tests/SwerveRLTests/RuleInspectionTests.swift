import SwerveModel
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// How long a text may be that `swerve rule` looks at.
@Suite struct RuleInspectionTests {
  /// - Parameter room: tokens of the answer that the context has room for after the prompt; the last one is not read.
  private func inspect(
    _ answer: RuleInspection.Answer, policy room: Int, reference: Int, truncated: TruncatedEnd = .terminal
  ) throws -> RuleInspection {
    let task = try AdditionTask(comfort: 1, plus: 1)
    let prompt = try task.tokenizer.encode(try task.problem(prompt: "1+2").prompt).count
    let fixture = try LoopFixture(seed: 91, context: prompt + room)
    let other = try LoopFixture(seed: 91, context: prompt + reference)
    var plan = fixture.plan()
    plan.truncated = truncated
    return try withPool(threads: 1) { pool in
      try plan.inspectRule(
        policy: fixture.policy, reference: other.reference, pool: pool, seed: 1, prompt: "1+2", answer: answer, step: 1)
    }
  }

  private func answer(_ tokens: Int) -> RuleInspection.Answer { .given(String(repeating: "1", count: tokens)) }

  @Test func rejectsAnAnswerThatAModelHasNoRoomFor() throws {
    #expect(try inspect(answer(9), policy: 8, reference: 8).tokens.count == 9)
    for (policy, reference, whose) in [(7, 20, "the model's"), (20, 7, "the reference's")] {
      let error = #expect(throws: TextTooLong.self) {
        try inspect(answer(9), policy: policy, reference: reference)
      }
      #expect(error?.message.hasPrefix("prompt and answer have ") == true)
      #expect(error?.message.contains(" tokens, but \(whose) context is ") == true, "\(error?.message ?? "")")
      #expect(error?.hint == "give a shorter text, or a model with a longer context")
    }
  }

  @Test func rejectsAFullAnswerWhoseLastTokenTheCriticWouldHaveToRead() throws {
    #expect(try inspect(answer(8), policy: 8, reference: 8, truncated: .bootstrap).tokens.count == 8)
    #expect(try inspect(answer(9), policy: 9, reference: 8, truncated: .bootstrap).tokens.count == 9)
    let error = #expect(throws: TextTooLong.self) {
      try inspect(answer(9), policy: 8, reference: 8, truncated: .bootstrap)
    }
    #expect(error?.message.hasPrefix("the critic's value after the last of the ") == true)
    #expect(error?.message.contains("but the model's context is ") == true)
  }

  @Test func answersWithinTheShorterOfBothContexts() throws {
    for answer in [RuleInspection.Answer.greedy, .sampled] {
      #expect(try inspect(answer, policy: 30, reference: 5).tokens.count <= 5)
      #expect(try inspect(answer, policy: 5, reference: 30, truncated: .bootstrap).tokens.count <= 5)
    }
    #expect(throws: TextTooLong.self) { try inspect(.greedy, policy: 30, reference: 0) }
  }
}
