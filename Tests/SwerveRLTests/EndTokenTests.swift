import SwerveModel
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// Ends of episodes: several texts, and the token with which a model ends a text.
@Suite struct EndTokenTests {
  private func tokenizer() -> PieceTokenizer {
    var tokenizer = PieceTokenizer(["<end>", "ab", "b.", ".\n", "a", "b", "!"])
    tokenizer.endTokens = [0]
    return tokenizer
  }

  /// How an episode of some text ends, and after how many tokens.
  private func ending(_ stops: [String], _ text: String, limit: Int = 10) throws -> (EpisodeEnding, Int)? {
    let tokenizer = tokenizer()
    var stop = EpisodeStop(end: TextEnd(stops, reason: .answered, limit: limit), tokenizer: tokenizer)
    for (index, token) in try tokenizer.encode(text).enumerated() {
      if let found = stop.ending(after: token) { return (found, index + 1) }
    }
    return nil
  }

  @Test(
    arguments: [
      (["!", "."], "aab.ab", EpisodeEnding(.answered), 3), (["!", "b"], "aab.", EpisodeEnding(.answered), 2),
      (["!", "a"], "ab.", EpisodeEnding(.answered, excess: 1), 1),
      (["!"], "ab<end>!", EpisodeEnding(.ended, excess: 5), 2),
      ([], "ab!<end>", EpisodeEnding(.ended, excess: 5), 3), (["<end>"], "ab<end>", EpisodeEnding(.answered), 2),
      (["."], "a<end>", EpisodeEnding(.ended, excess: 5), 2), (["."], "aa", EpisodeEnding(.limit), 2),
    ] as [([String], String, EpisodeEnding, Int)])
  func endsAnEpisodeAtTheFirstEnd(_ stops: [String], _ text: String, _ expected: EpisodeEnding, _ count: Int) throws {
    let limit = expected.reason == .limit || text == "a<end>" ? 2 : 10
    let found = try #require(try ending(stops, text, limit: limit))
    #expect(found == (expected, count))
  }

  @Test func continuesAnEpisodeWithoutAnEnd() throws { #expect(try ending(["!"], "ab.ab") == nil) }

  private struct EndedProblem: Problem {
    var isEnded = false
    let prompt = "a"
    let solution: String? = nil
    let episodeLimit = 5
    func makeEpisodeEnd() -> any EpisodeEnd { TextEnd("!", reason: .answered, limit: episodeLimit) }
    func endedByModel() -> any Problem { EndedProblem(isEnded: true) }
    func reward(generated: String) -> Float { isEnded ? 1 : 0 }
  }

  @Test func tellsTheProblemOfTheModelsOwnEnd() throws {
    let tokenizer = tokenizer()
    let problem = EndedProblem()
    let ended = try tokenizer.encode("ab<end>")
    #expect(problem.answer(ended, tokenizer) == "ab")
    #expect(try problem.judge(of: ended, tokenizer).reward(generated: "ab") == 1)
    #expect(try problem.judge(of: tokenizer.encode("ab!"), tokenizer).reward(generated: "ab!") == 0)
    #expect(try problem.judge(of: tokenizer.encode("ababababab"), tokenizer).reward(generated: "") == 0)
  }
}
