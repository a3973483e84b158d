import SwerveModel
import SwerveTestSupport
import Testing

@testable import SwerveRL

@Suite
struct AdditionTaskFixtureTests {
  struct Row: Decodable {
    let a: UInt64
    let b: UInt64
    let comfort: Int
    let prompt: String
    let solution: String
    let critical: [Critical]

    struct Critical: Decodable, Equatable {
      let name: String
      let offset: Int
      let char: String
    }

    var problem: AdditionProblem { AdditionProblem(a, b, comfort: comfort, episodeLimit: solution.count + 100) }
  }

  let rows: [Row]

  init() throws { rows = try Fixtures.json("addition.json", as: [Row].self) }

  @Test func matchesPromptsAndSolutions() {
    #expect(rows.count > 10)
    for row in rows {
      #expect(row.problem.prompt == row.prompt)
      #expect(row.problem.solution == row.solution)
    }
  }

  @Test func matchesCriticalTokens() {
    #expect(rows.contains { !$0.critical.isEmpty })
    for row in rows {
      let found = row.problem.criticalTokens.map {
        Row.Critical(name: $0.name, offset: $0.offset, char: String($0.character))
      }
      #expect(found == row.critical, "\(row.a)+\(row.b), comfort \(row.comfort)")
    }
  }

  @Test func rewardsEverySolutionAndEndsAtItsLastCharacter() throws {
    for row in rows {
      #expect(row.problem.reward(generated: row.solution) == 1)
      var end = row.problem.makeEpisodeEnd()
      let reasons = try row.solution.unicodeScalars.map { try end.feed($0) }
      #expect(reasons.last == .answered)
      #expect(reasons.dropLast().allSatisfy { $0 == nil })
    }
  }

  @Test func hasAnAlphabetOfTheCharactersInUse() throws {
    let tokenizer = try CharacterTokenizer(alphabet: AdditionTask.alphabet)
    var used: Set<Int32> = []
    for row in rows {
      let text = row.prompt + row.solution
      let tokens = try tokenizer.encode(text)
      #expect(tokenizer.decode(tokens) == text)
      used.formUnion(tokens)
    }
    #expect(used.count == tokenizer.vocabularySize - 1, "all but the pad symbol are used")
  }
}
