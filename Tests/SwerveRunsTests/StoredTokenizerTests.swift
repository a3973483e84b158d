import Foundation
import RunFixtures
import SwerveModel
import SwerveRecords
import SwerveRuns
import SwerveTestSupport
import Testing

/// Checkpoints of a tokenizer that the program does not have.
@Suite struct StoredTokenizerTests {
  @Test func keepsTheTokenizerInACheckpointAndRejectsAnUnknownKind() throws {
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
    let known = TokenizerKind.all.map(\.name).joined(separator: " or ")
    #expect(
      error as? CheckpointError
        == CheckpointError.damaged(
          path: path, detail: "the checkpoint's metadata say tokenizer = pieces, expected \(known)"))
  }

  private func message(ofCheckpointWith tokenizer: any Tokenizer, rows: Int) throws -> String? {
    let temporary = try TemporaryFolder()
    let model = Transformer(try ModelConfiguration(layers: 1, heads: 1, width: 2, context: 3, vocabulary: rows))
    let path = temporary.file("a.safetensors")
    try CheckpointFile.write(
      path, tensors: model.tensors,
      metadata: CheckpointMetadata.make(model.configuration, tokenizer: tokenizer.identity))
    let errors = [
      runError { _ = try CheckpointLoading.model(path, mode: .exact) },
      runError { _ = try ModelSummary(ModelFiles(path)) },
    ].map { $0 as? CheckpointError }
    #expect(errors[0] == errors[1])
    guard case .damaged(path, let detail) = errors[0] else { return nil }
    return detail
  }

  @Test func rejectsACheckpointWhoseTokenizerDoesNotFitItsEmbedding() throws {
    for rows in [2, 4] {
      #expect(
        try message(ofCheckpointWith: CharacterTokenizer(alphabet: "abc"), rows: rows)
          == "the checkpoint's metadata say vocabulary = \(rows), but their tokenizer has 3 tokens")
    }
    #expect(try message(ofCheckpointWith: CharacterTokenizer(alphabet: "abc"), rows: 3) == nil)
    let real = try SubwordTokenizer(
      json: [UInt8](Data(contentsOf: RealModels.models.appendingPathComponent("gpt2/tokenizer.json"))))
    let count = real.vocabularySize
    #expect(
      try message(ofCheckpointWith: real, rows: count - 1)
        == "the checkpoint's metadata say vocabulary = \(count - 1), but their tokenizer has \(count) tokens")
    // Some models pad their embedding.
    for rows in [count, count + 5] { #expect(try message(ofCheckpointWith: real, rows: rows) == nil) }
  }
}
