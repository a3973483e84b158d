import SwerveModel
import SwerveRuns
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

  @Test func charactersAreRecordedAsTheyAlwaysWere() throws {
    let characters = try record(["2", "\n"], answer: "2\n")
    #expect(characters.lines == (try record([], answer: "2\n").lines))
    #expect(!characters.lines.contains("texts"))
    #expect(characters.html.contains("title=\"weight about 0.5\">2</span>"))
  }

  @Test func otherTokensAreRecordedWithWhatTheyHoldOfTheAnswer() throws {
    let pieces = try record(["é12", "日."], answer: "é12日.")
    #expect(pieces.lines.split(separator: "\n").allSatisfy { $0.hasSuffix("\"texts\":[\"é12\",\"日.\"]}") })
    #expect(pieces.html.contains("title=\"weight about 0.5\">é12</span>"))
    #expect(pieces.html.contains("title=\"weight about 1\">日.</span>"))
    // The second token holds only the rest of a character.
    let halves = try record(["é", ""], answer: "é")
    #expect(halves.lines.contains("\"texts\":[\"é\",\"\"]"))
    #expect(halves.html.contains("title=\"weight about 0.5\">é</span>"))
  }

  @Test func aCheckpointKeepsTheTokenizerAndAnUnknownKindIsRefused() throws {
    let temporary = try TemporaryFolder()
    let tokenizer = PieceTokenizer(["ab", "é"])
    let model = Transformer(
      try ModelConfiguration(layers: 1, heads: 1, width: 2, context: 3, vocabulary: tokenizer.vocabularySize))
    let metadata = CheckpointMetadata.make(model.configuration, tokenizer: tokenizer.identity)
    let path = temporary.file("a.safetensors")
    try CheckpointFile.write(path, tensors: model.tensors, metadata: metadata)
    let checkpoint = try CheckpointFile.read(path)
    let found = try CheckpointMetadata.read({ checkpoint.metadata($0) }, kinds: [PieceTokenizer.kind])
    #expect(found.tokenizer.identity == tokenizer.identity && found.configuration == model.configuration)
    #expect(try found.tokenizer.encode("abé") == tokenizer.encode("abé"))
    let error = runError { _ = try CheckpointLoading.model(path, mode: .exact) }
    #expect(
      error
        == CheckpointError.damaged(
          path: path, detail: "the checkpoint's metadata say tokenizer = pieces, expected characters"))
  }
}
