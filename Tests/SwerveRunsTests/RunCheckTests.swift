import SwerveRuns
import SwerveTestSupport
import Testing

/// A finished run is what was written, to the last bit.
@Suite struct RunCheckTests {
  /// Every file of a run folder, by its path inside.
  private func files(_ path: String, _ prefix: String = "") throws -> [String] {
    try POSIXFile.list(path + "/" + prefix).flatMap { name in
      POSIXFile.kind(path + "/" + prefix + name) == .folder ? try files(path, prefix + name + "/") : [prefix + name]
    }
  }

  @Test func aFlippedBitInAnyFileIsFoundAndTheFileNamed() throws {
    let seed: UInt64 = 3
    var random = SwerveTestSupport.TestRandom(seed)
    let folder = try TemporaryFolder()
    let path = try FakeRun().record(in: folder.path)
    let names = try files(path)
    #expect(
      names == [
        "SHA256SUMS", "checkpoints/position.json", "checkpoints/pretrain.safetensors",
        "checkpoints/prioritized.safetensors", "manifest.json", "metrics.jsonl", "result.json", "samples.jsonl",
        "script/examples/quick.lua", "script/rules/mine.lua",
      ])
    #expect(try RunCheck.run(path) == RunCheck.Outcome(files: names.count, isComplete: true))
    for name in names {
      let file = path + "/" + name
      let whole = try POSIXFile.read(file)
      for place in [0, whole.count - 1] + (0..<12).map({ _ in random.within(0...whole.count - 1) }) {
        var bytes = whole
        bytes[place] ^= UInt8(1 << random.within(0...7))
        try POSIXFile.writeAtomically(bytes, to: file)
        let error = runError { _ = try RunCheck.run(path) }
        #expect(
          error.map { [1, 5].contains($0.exitCode) && $0.description.contains(file) } == true,
          "seed \(seed), byte \(place) of \(name): \(String(describing: error))")
      }
      try POSIXFile.writeAtomically(whole, to: file)
    }
    #expect(try RunCheck.run(path).isComplete)
  }

  @Test func aFileThatIsGoneOrCutIsNamed() throws {
    let folder = try TemporaryFolder()
    let path = try FakeRun().record(in: folder.path)
    for name in try files(path) where !["manifest.json", "SHA256SUMS", "result.json"].contains(name) {
      let file = path + "/" + name
      let whole = try POSIXFile.read(file)
      try POSIXFile.writeAtomically(Array(whole.dropLast()), to: file)
      #expect(runError { _ = try RunCheck.run(path) }?.description.contains(file) == true)
      try POSIXFile.remove(file)
      #expect(runError { _ = try RunCheck.run(path) }?.description.hasSuffix("script again") == true, "\(name)")
      #expect(runError { _ = try RunCheck.run(path) }?.description.contains("found no such file") == true, "\(name)")
      try POSIXFile.writeAtomically(whole, to: file)
    }
  }

  @Test func aRunWithoutAListIsCheckedByWhatItsRecordsSayOfEachOther() throws {
    let folder = try TemporaryFolder()
    let path = try FakeRun().record(in: folder.path)
    try POSIXFile.remove(path + "/SHA256SUMS")
    #expect(try !RunCheck.run(path).isComplete)
    let seed: UInt64 = 8
    var random = SwerveTestSupport.TestRandom(seed)
    for name in ["checkpoints/prioritized.safetensors", "samples.jsonl", "script/examples/quick.lua"] {
      let file = path + "/" + name
      let whole = try POSIXFile.read(file)
      var bytes = whole
      bytes[random.within(0...bytes.count - 1)] ^= 1
      try POSIXFile.writeAtomically(bytes, to: file)
      #expect(runError { _ = try RunCheck.run(path) }?.description.contains(Path.name(file)) == true, "seed \(seed)")
      try POSIXFile.writeAtomically(whole, to: file)
    }
  }
}
