import Testing

@testable import SwerveRL

@Suite struct AdditionTaskEpisodeTests {
  private let problem = AdditionProblem(1234, 56, comfort: 3, episodeLimit: 1000)

  /// The token (from 0) at which an episode ends, and why.
  private func end(_ text: String, limit: Int = 1000) -> (at: Int, reason: EpisodeEndReason)? {
    var end = AdditionEpisodeEnd(limit: limit)
    for (place, scalar) in text.unicodeScalars.enumerated() {
      if let reason = end.feed(scalar) { return (place, reason) }
    }
    return nil
  }

  @Test func endsAnEpisodeAtTheNewlineAfterTheAnswer() throws {
    let found = try #require(end(problem.scratchpad + "more\n"))
    #expect(found.at == problem.scratchpad.unicodeScalars.count - 1)
    #expect(found.reason == .answered)
  }

  @Test func endsTheScratchpadAtAWholeMarkOnly() throws {
    #expect(end("</scratch</scratch>\n4\n")?.at == 21)
    #expect(end("<</scratch>\n4\n")?.at == 13)
    #expect(end("</scratch> \n4\n") == nil)
    #expect(end("</scratch>\n\n")?.at == 11)
  }

  @Test func endsAnEpisodeAtAPadAnywhere() throws {
    #expect(end("%")?.reason == .padded)
    #expect(end("\n<scr%")?.at == 5)
    #expect(end("</scratch>\n4%\n")?.reason == .padded)
  }

  @Test func endsAnEpisodeAtTheLimit() throws {
    let cut = try #require(end("aaaaaaaa", limit: 5))
    #expect(cut.at == 4)
    #expect(cut.reason == .limit)
    let answered = try #require(end("</scratch>\n4\n", limit: 13))
    #expect(answered.reason == .answered, "an answer that needs the last token counts as one")
  }

  @Test func rewardsOnlyTheExactAnswer() {
    func reward(_ answer: String) -> Float { problem.reward(generated: "\n<scratch>\nwhatever\n</scratch>\n" + answer) }
    #expect(reward("1 2 9 0\n") == 1)
    #expect(reward("1 2 9 0\nmore") == 1)
    for wrong in [
      "1 2 9 0", "1290\n", "1 2 9 0 \n", " 1 2 9 0\n", "0 1 2 9 0\n", "1 2 9 1\n", "\n1 2 9 0\n", "1 2 9 0%\n", "",
    ] {
      #expect(reward(wrong) == -1, "\(wrong.debugDescription)")
    }
    #expect(problem.reward(generated: "1 2 9 0\n") == -1)
    #expect(problem.reward(generated: "") == -1)
    #expect(problem.reward(generated: "</scratch>\n5\n</scratch>\n1 2 9 0\n") == -1, "the first mark counts")
  }
}

@Suite struct AdditionTaskCriticalTests {
  private let problem = AdditionProblem(1234, 56789, comfort: 3, episodeLimit: 1000)

  private func names(_ text: String) -> [String] {
    problem.criticalTokens(generated: text).map { "\($0.name)@\($0.offset)=\($0.character)" }
  }

  @Test func probesADroppedDigitWhereItShouldStand() {
    // The digits 4 and 8,9 are missing: the place of each first missing comma has a probability, what follows has none.
    let text = "\n<scratch>\n[1,2,3] + [5,6,7] , A"
    #expect(names(text) == ["step_1/operand_1/n+1_comma@17=,", "step_1/operand_2/n+1_comma@27=,"])
  }

  @Test func probesNothingAfterAWrongDigit() {
    #expect(names("\n<scratch>\n[1,2,9,4] + [5,6,7,8,9] ,").allSatisfy { $0.contains("operand_2") })
    #expect(names("\n<scratch>\n[1,2,9,4] + [5,6,7,8,9] ,").count == 4)
  }

  @Test func probesLaterLinesAfterAWrongOne() {
    let text = "\n<scratch>\n[1,9\n[1,2,3] + [5,6,7,8] , A=[3]\nno list\n[1,2] + [5,6,7]"
    #expect(
      names(text)
        == [
          "step_2/operand_1/n+1_comma@20=,", "step_2/operand_1/n+1_digit@21=3", "step_2/operand_2/n+1_comma@30=,",
          "step_2/operand_2/n+1_digit@31=7", "step_2/operand_2/n+2_comma@32=,", "step_2/operand_2/n+2_digit@33=8",
        ], "line 3 has no list, so nothing after it is looked at")
  }

  @Test func probesNothingPastTheEnd() {
    #expect(names("\n<scratch>\n[1,2,3") == [])
    #expect(
      names("\n<scratch>\n[1,2,3\n") == ["step_1/operand_1/n+1_comma@17=,"], "the newline was drawn at that place")
    #expect(names("\n<scratch>\n[1,2,3,") == ["step_1/operand_1/n+1_comma@17=,"])
    #expect(names("") == [] && names("\n<scratch>") == [] && names("[1,2,3,4]") == [])
  }

  @Test func survivesBrokenText() {
    let text = Array(problem.scratchpad.unicodeScalars)
    for cut in 0...text.count {
      for junk in ["", "]", " + ", "[", "\n", "%", "é"] {
        var broken = String.UnicodeScalarView(text[..<cut])
        broken.append(contentsOf: junk.unicodeScalars)
        if cut + 2 < text.count { broken.append(contentsOf: text[(cut + 2)...]) }
        let probes = problem.criticalTokens(generated: String(broken))
        #expect(probes.allSatisfy { $0.offset < broken.count })
      }
    }
  }

  @Test func marksProbesWithOnes() throws {
    let text = "\n<scratch>\n[1,2,3] + [5,6,7] , A"
    let tokenizer = try AdditionTask(comfort: 3).tokenizer
    let episodes = Episodes(
      tokenizer: tokenizer, problems: [problem], prompts: [[]], generated: [try tokenizer.encode(text)],
      answers: [text], rewards: [-1], successes: [false])
    let column = try #require(try episodes.criticalProbes().first).marks(count: 20)
    #expect(column.indices.filter { column[$0] != 0 } == [17])
    #expect(column[17] == 1)
  }
}
