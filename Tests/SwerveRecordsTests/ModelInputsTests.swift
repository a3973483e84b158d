import SwerveRecords
import Testing

/// Which recorded files are of other tools' models.
@Suite struct ModelInputsTests {
  private func models(_ files: [(path: String, hasContent: Bool)]) -> [String] {
    let inputs = ModelInputs(files)
    #expect(files.map(\.path).filter(inputs.contains) == inputs.paths)
    return inputs.paths
  }

  @Test func findsGGUFFilesAndEveryFileOfAFolderWithAConfiguration() {
    #expect(
      models([
        ("lua/swerve/init.lua", true), ("a/m.gguf", false), ("a/data.jsonl", false), ("m/config.json", false),
        ("m/model.safetensors", false), ("m/tokenizer.json", false), ("a/rl.safetensors", true), ("m/notes.txt", false),
      ]) == ["a/m.gguf", "m/config.json", "m/model.safetensors", "m/tokenizer.json"])
  }

  @Test func findsAGGUFFileOfAnotherNameByTheDigestThatItLacks() {
    #expect(models([("m/weights.bin", false), ("m/old", true), ("m/rl.safetensors", false)]) == ["m/weights.bin"])
  }
}
