import RunFixtures
import SwerveFiles
import SwerveRecords
import SwerveReports
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

  @Test func findsAFlippedBitInAnyFileAndNamesTheFile() throws {
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

  @Test func namesAFileThatIsMissingOrCut() throws {
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

  @Test func checksARunWithoutAListByItsOtherRecords() throws {
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

  /// Sweeps and lists read nothing else.
  @Test func findsAFlippedBitInAResultFromTheResultAlone() throws {
    let seed: UInt64 = 12
    var random = SwerveTestSupport.TestRandom(seed)
    let folder = try TemporaryFolder()
    let path = try FakeRun().record(in: folder.path)
    let file = path + "/result.json"
    let whole = try POSIXFile.read(file)
    for _ in 0..<300 {
      var bytes = whole
      let place = random.within(0...bytes.count - 1)
      bytes[place] ^= UInt8(1 << random.within(0...7))
      try POSIXFile.writeAtomically(bytes, to: file)
      let error = runError { _ = try RunResult.read(file) }
      #expect(error?.description.contains(file) == true, "seed \(seed), byte \(place): \(String(describing: error))")
    }
    try changeDigit(file, line: 1 + #require(lines(whole).firstIndex { $0.contains("\"loss\"") }), metric: "loss")
    #expect(try RunList.scan(folder.path).map(\.state) == [.unreadable])
  }

  @Test func readsAResultOfAnEarlyRunAndComparesItWithTheLastLines() throws {
    let folder = try TemporaryFolder()
    let path = try FakeRun().record(in: folder.path)
    let file = path + "/result.json"
    let text = lines(try POSIXFile.read(file)).filter { !$0.hasPrefix("  \"sha256\"") }.joined(separator: "\n")
    let comma = try #require(text.lastIndex(of: ","))
    let early = replaced(text, comma..<text.index(after: comma), "")
    try POSIXFile.writeAtomically(early, to: file)
    #expect(try RunResult.read(file).json["sha256"] != nil && RunReader.read(path).state == .complete)
    let changes = [
      ("\"steps\": 20", "\"steps\": 19", "steps of stage prioritized"),
      ("\"kl_k2\": 0.08", "\"kl_k2\": 0.09", "metrics of stage prioritized"),
    ]
    for (old, new, field) in changes {
      let place = try #require(early.firstRange(of: old), "\(early)")
      try POSIXFile.writeAtomically(replaced(early, place, new), to: file)
      let error = runError { _ = try RunReader.read(path) }
      #expect(error?.description.contains(field) == true, "\(String(describing: error))")
    }
  }

  @Test func rejectsALineWithoutItsChainOrWithAnUnknownField() throws {
    let folder = try TemporaryFolder()
    let path = try FakeRun().record(in: folder.path)
    let file = path + "/metrics.jsonl"
    let whole = lines(try POSIXFile.read(file))
    let chain = String(try #require(whole[6].firstMatch(of: /"chain":"[0-9a-f]+",/)).0)
    let changes = [
      (
        "\"chain\"", "\"cHain\"",
        "\"cHain\": found a field that lines of steps do not have; did you mean 'chain'?, expected "
      ),
      ("\"not_compared\":{", "\"chains\":1,\"not_compared\":{", "\"chains\": found a field"),
      (chain, "", "\"chain\": found nothing"),
    ]
    for (old, new, message) in changes {
      var edited = whole
      edited[6].replace(old, with: new)
      try POSIXFile.writeAtomically(edited.joined(separator: "\n"), to: file)
      let error = runError { _ = try RunReader.read(path) }
      #expect(error?.description.contains("\(file):7: field \(message)") == true, "\(String(describing: error))")
    }
  }

  private func replaced(_ text: String, _ place: Range<String.Index>, _ new: String) -> String {
    text[..<place.lowerBound] + new + text[place.upperBound...]
  }

  private func lines(_ bytes: [UInt8]) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
