import RunFixtures
import SwerveFiles
import SwerveModel
import SwerveRecords
import SwerveTestSupport
import SwerveText
import Testing

@Suite struct CheckpointFileTests {
  private func write(_ path: String) throws {
    try FakeRun.withTensors([1, -2.5, .nan, 4]) { tensors in
      try CheckpointFile.write(path, tensors: tensors, metadata: [("alphabet", "01+=\n"), ("config", "{}")])
    }
  }

  @Test func readsACheckpointBackToTheSameBits() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    try write(path)
    let checkpoint = try CheckpointFile.read(path)
    #expect(checkpoint.metadata.map(\.key) == ["alphabet", "config"])
    #expect(checkpoint.metadata("alphabet") == "01+=\n")
    #expect(checkpoint.tensors.map(\.name) == ["wte", "bias"] && checkpoint.tensors.map(\.shape) == [[1, 2], [2]])
    #expect(checkpoint.tensors[0].values == [1, -2.5])
    FakeRun.withTensors([1, -2.5, .nan, 4]) { #expect(checkpoint.weightsSHA256 == Digest.ofWeights($0)) }
  }

  /// A file of several tensors and metadata as another tool may write it again: its header in an order by chance, other padding,
  /// and where `movesData` says so, the data in another order too.
  private func rewritten(
    _ bytes: [UInt8], _ random: inout SplitMix64, metadata change: ([String]) -> [String] = { $0 }
  ) throws -> [UInt8] {
    let file = try Safetensors(bytes)
    func shuffled<Element>(_ list: [Element]) -> [Element] {
      var list = list
      for place in list.indices.dropFirst().reversed() { list.swapAt(place, random.next(below: place + 1)) }
      return list
    }
    func quoted(_ text: String) -> String { JSONValue.string(text).compact() }
    var data: [UInt8] = []
    let entries = shuffled(file.entries).map { entry in
      let start = data.count
      data += bytes[entry.range]
      return quoted(entry.name)
        + ": {\"shape\":\(entry.shape),\"data_offsets\":[\(start),\(data.count)],\"dtype\":\"F32\"}"
    }
    let metadata = change(shuffled(file.metadata).map { quoted($0.key) + ": " + quoted($0.value) })
    let members = shuffled(shuffled(entries) + ["\"__metadata__\": {" + metadata.joined(separator: ", ") + "}"])
    let header = "{" + members.joined(separator: ",") + "}" + String(repeating: " ", count: random.next(below: 40))
    return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + data
  }

  /// The folder's list of digests is over bytes; what a checkpoint says counts all the same.
  @Test func acceptsARunWhoseCheckpointWasLoadedAndSaved() throws {
    let temporary = try TemporaryFolder()
    let run = try FakeRun().record(in: temporary.path)
    let path = run + "/checkpoints/pretrain.safetensors"
    let bytes = try POSIXFile.read(path)
    var random = SplitMix64(seed: 12)
    for _ in 0..<5 {
      try POSIXFile.writeAtomically(try rewritten(bytes, &random), to: path)
      #expect(try POSIXFile.read(path) != bytes)
      #expect(throws: Never.self) { try RunCheck.run(run) }
    }
    var changed = bytes
    changed[changed.count - 1] ^= 1
    try POSIXFile.writeAtomically(changed, to: path)
    #expect(throws: RecordError.self) { try RunCheck.run(run) }
    // Whole in itself, and not what the run wrote.
    try FakeRun.withTensors([9, 9, 9, 9]) { _ = try CheckpointFile.write(path, tensors: $0, metadata: []) }
    #expect(throws: RecordError.self) { try RunCheck.run(run) }
  }

  @Test func acceptsAHeaderInAnotherOrder() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    let keys: [(key: String, value: String)] = [
      ("zeta", "1"), ("alphabet", "01+=\n"), ("caf\u{E9}", "x"), ("cafe\u{301}", "y"), ("layers", "2"),
      ("model", "gpt2"),
    ]
    try FakeRun.withTensors([1, -2.5, .nan, 4]) { try CheckpointFile.write(path, tensors: $0, metadata: keys) }
    let whole = try CheckpointFile.read(path)
    let bytes = try POSIXFile.read(path)
    var random = SplitMix64(seed: 11)
    for round in 0..<50 {
      try POSIXFile.writeAtomically(try rewritten(bytes, &random), to: path)
      let read = try CheckpointFile.read(path)
      #expect(read.contentSHA256 == whole.contentSHA256, "seed 11, round \(round)")
      for (key, value) in keys { #expect(read.metadata(key) == value) }
      #expect(read.weightsSHA256 == whole.weightsSHA256)
    }
    // One more, one less, or another value is a change.
    for change: ([String]) -> [String] in [
      { $0 + ["\"more\":\"1\""] }, { $0.filter { !$0.hasPrefix("\"zeta") } },
      { $0.map { $0 == "\"zeta\": \"1\"" ? "\"zeta\": \"2\"" : $0 } },
    ] {
      try POSIXFile.writeAtomically(try rewritten(bytes, &random, metadata: change), to: path)
      #expect(runError { _ = try CheckpointFile.read(path) }?.description.contains("its metadata hash to") == true)
    }
  }

  /// An earlier swerve had the digest of the metadata as it wrote them: the model's keys first, then the others by key.
  @Test func acceptsAFileOfAnEarlierSwerveWrittenAgain() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    let keys = (CheckpointMetadata.keys + ["a_note"]).map { (key: $0, value: "of " + $0) }
    let recorded = Digest.of(JSONValue.object(keys.map { JSONMember($0.key, .string($0.value)) }).compact())
    try FakeRun.withTensors([1, -2.5, .nan, 4]) { tensors in
      let digests = [
        (key: "format", value: CheckpointFile.format), (key: "weights_sha256", value: Digest.ofWeights(tensors)),
        (key: "metadata_sha256", value: recorded),
      ]
      try POSIXFile.writeAtomically(try Safetensors.bytes(metadata: keys + digests, tensors: tensors), to: path)
    }
    let whole = try CheckpointFile.read(path)
    #expect(whole.metadata.map(\.key) != whole.metadata.map(\.key).sorted())
    var random = SplitMix64(seed: 12)
    try POSIXFile.writeAtomically(try rewritten(POSIXFile.read(path), &random), to: path)
    #expect(try CheckpointFile.read(path).contentSHA256 == whole.contentSHA256)
  }

  /// `make shipped-model` computes the golden; here only its last digest is compared.
  @Test func shipsTheModelThatItsScriptEndsWith() throws {
    let file = { (name: String) in Fixtures.repository.appendingPathComponent(name).path }
    let golden = try GoldenFile.read(file("golden/long/pretrain-addition.jsonl"))
    #expect(golden.header.script == "examples/pretrain-addition.lua" && golden.header.origin?.set == [])
    #expect(golden.recorded.results.map(\.stage) == ["base", "taste"])
    let shipped = try CheckpointFile.read(file("examples/models/addition-3.safetensors"))
    #expect(golden.recorded.results.last?.weights == shipped.weightsSHA256)
  }

  @Test func digestsWeightsAsDocumented() {
    // name, 0, shape, 0, values, tensors by name: bias before wte.
    var bytes = Array("bias".utf8) + [0] + Array("2".utf8) + [0]
    func add(_ values: [Float]) {
      for value in values { bytes += withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
    }
    add([3, 4])
    bytes += Array("wte".utf8) + [0] + Array("1x2".utf8) + [0]
    add([1, 2])
    FakeRun.withTensors([1, 2, 3, 4]) { #expect(Digest.ofWeights($0) == Digest.of(bytes)) }
    #expect(Digest.of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func namesAMissingCheckpoint() {
    let error = runError { _ = try CheckpointFile.read("no/such.safetensors") }
    #expect(error == CheckpointError.missing(path: "no/such.safetensors"))
    #expect(error?.exitCode == 5)
  }

  @Test func findsEveryCut() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    try write(path)
    let bytes = try POSIXFile.read(path)
    for count in 0..<bytes.count {
      try POSIXFile.writeAtomically(Array(bytes[..<count]), to: path)
      guard case CheckpointError.truncated? = runError({ _ = try CheckpointFile.read(path) }) as? CheckpointError else {
        Issue.record("cut after \(count) of \(bytes.count) bytes")
        continue
      }
    }
  }

  @Test func findsEveryFlippedBit() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    try write(path)
    let bytes = try POSIXFile.read(path)
    var random = SplitMix64(seed: 5)
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1 << UInt8(random.next(below: 8))
      try POSIXFile.writeAtomically(changed, to: path)
      let error = runError { _ = try CheckpointFile.read(path) }
      // Padding after the header is the only place that nothing depends on.
      let isPadding = bytes[place] == UInt8(ascii: " ")
      #expect(error?.exitCode == 5 || isPadding, "seed 5, byte \(place)")
    }
  }

  @Test func reportsAFlippedValueAsABadChecksum() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    try write(path)
    var bytes = try POSIXFile.read(path)
    bytes[bytes.count - 1] ^= 1
    try POSIXFile.writeAtomically(bytes, to: path)
    let error = runError { _ = try CheckpointFile.read(path) }
    #expect(error?.description.contains("has a bad checksum: its weights hash to") == true)
  }

  @Test func reportsChangedMetadataAsABadChecksum() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    try write(path)
    var bytes = try POSIXFile.read(path)
    let place = try #require(bytes.firstRange(of: Array("01+=".utf8)))
    bytes[place.lowerBound] = UInt8(ascii: "9")
    try POSIXFile.writeAtomically(bytes, to: path)
    let error = runError { _ = try CheckpointFile.read(path) }
    #expect(error?.description.contains("its metadata hash to") == true)
  }

  @Test func reportsWeightsOfAnotherTool() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    let header = #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let bytes =
      withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + [0, 0, 0, 0]
    try POSIXFile.writeAtomically(bytes, to: path)
    #expect(runError { _ = try CheckpointFile.read(path) } == CheckpointError.foreign(path: path, found: "missing"))
    try POSIXFile.writeAtomically("#!/bin/sh\necho this is no checkpoint\n", to: path)
    #expect(runError { _ = try CheckpointFile.read(path) }?.exitCode == 5)
  }
}
