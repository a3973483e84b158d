import RunFixtures
import SwerveFiles
import SwerveReports
import SwerveTestSupport
import Testing

/// Records and reports where a token is no character.
@Suite struct SampleTokenTests {
  /// What is recorded of the samples, and the report.
  private func record(_ texts: [String], answer: String) throws -> (lines: String, html: String) {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    (fake.texts, fake.answer) = (texts, answer)
    let path = try fake.record(in: temporary.path)
    let lines = String(decoding: try POSIXFile.read(path + "/samples.jsonl"), as: UTF8.self)
    return (lines, try Report([path]).html())
  }

  @Test func recordsCharactersWithoutTheirTexts() throws {
    let characters = try record(["2", "\n"], answer: "2\n")
    #expect(characters.lines == (try record([], answer: "2\n").lines))
    #expect(!characters.lines.contains("texts"))
    #expect(characters.html.contains("title=\"weight about 0.5\">2</span>"))
  }

  @Test func recordsOtherTokensWithTheirPartOfTheAnswer() throws {
    let pieces = try record(["é12", "日."], answer: "é12日.")
    #expect(pieces.lines.split(separator: "\n").allSatisfy { $0.hasSuffix("\"texts\":[\"é12\",\"日.\"]}") })
    #expect(pieces.html.contains("title=\"weight about 0.5\">é12</span>"))
    #expect(pieces.html.contains("title=\"weight about 1\">日.</span>"))
    // The second token holds only the rest of a character.
    let halves = try record(["é", ""], answer: "é")
    #expect(halves.lines.contains("\"texts\":[\"é\",\"\"]"))
    #expect(halves.html.contains("title=\"weight about 0.5\">é</span>"))
  }
}
