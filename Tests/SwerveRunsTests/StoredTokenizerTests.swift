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
}
