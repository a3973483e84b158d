import SwerveRecords
import Testing

/// Which recorded files are of other tools' models.
@Suite struct ModelInputsTests {
  private let folder: [(path: String, hasContent: Bool)] = [
    ("lua/swerve/init.lua", true), ("a/m.gguf", false), ("a/data.jsonl", false), ("m/config.json", false),
    ("m/model.safetensors", false), ("m/tokenizer.json", false), ("a/rl.safetensors", true), ("m/notes.txt", false),
  ]

  @Test func findsGGUFFilesAndEveryFileOfAFolderWithAConfiguration() {
    let inputs = ModelInputs(folder)
    #expect(inputs.models == ["a/m.gguf", "m"])
    #expect(
      folder.map(\.path).filter(inputs.contains)
        == ["a/m.gguf", "m/config.json", "m/model.safetensors", "m/tokenizer.json"])
  }

  @Test func findsAGGUFFileOfAnotherNameByTheDigestThatItLacks() {
    let inputs = ModelInputs([("m/weights.bin", false), ("m/old", true), ("m/rl.safetensors", false)])
    #expect(inputs.models == ["m/weights.bin", "m/rl.safetensors"])
    #expect(inputs.contains("m/weights.bin") && !inputs.contains("m/old"))
  }

  @Test func takesSafetensorsForACheckpointInARecordThatMayLackDigestsOfContents() {
    let inputs = ModelInputs([("m/weights.bin", false), ("m/rl.safetensors", false)], mayLackContents: true)
    #expect(inputs.models == ["m/weights.bin"])
  }
}
