import SwerveRuns
import Testing

@Suite struct CheckpointFileTests {
  private func write(_ path: String) throws {
    try FakeRun.withTensors([1, -2.5, .nan, 4]) { tensors in
      try CheckpointFile.write(path, tensors: tensors, metadata: [("alphabet", "01+=\n"), ("config", "{}")])
    }
  }

  @Test func aCheckpointReadsBackToTheSameBits() throws {
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

  @Test func theDigestOfWeightsIsAsDocumented() {
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

  @Test func aMissingCheckpointIsNamed() {
    let error = runError { _ = try CheckpointFile.read("no/such.safetensors") }
    #expect(error == .checkpointMissing(path: "no/such.safetensors"))
    #expect(error?.exitCode == 5)
  }

  @Test func everyCutIsFound() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    try write(path)
    let bytes = try POSIXFile.read(path)
    for count in 0..<bytes.count {
      try POSIXFile.writeAtomically(Array(bytes[..<count]), to: path)
      guard case .checkpointTruncated = runError({ _ = try CheckpointFile.read(path) }) else {
        Issue.record("cut after \(count) of \(bytes.count) bytes")
        continue
      }
    }
  }

  @Test func everyFlippedBitIsFound() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    try write(path)
    let bytes = try POSIXFile.read(path)
    var random = TestRandom(seed: 5)
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

  @Test func aFlippedValueIsABadChecksum() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    try write(path)
    var bytes = try POSIXFile.read(path)
    bytes[bytes.count - 1] ^= 1
    try POSIXFile.writeAtomically(bytes, to: path)
    let error = runError { _ = try CheckpointFile.read(path) }
    #expect(error?.description.contains("has a bad checksum: its weights hash to") == true)
  }

  @Test func changedMetadataIsABadChecksum() throws {
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

  @Test func weightsOfAnotherToolAreNamedAsSuch() throws {
    let temporary = try TemporaryFolder()
    let path = temporary.file("a.safetensors")
    let header = #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let bytes =
      withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + [0, 0, 0, 0]
    try POSIXFile.writeAtomically(bytes, to: path)
    #expect(runError { _ = try CheckpointFile.read(path) } == .checkpointForeign(path: path, found: "missing"))
    try POSIXFile.writeAtomically("#!/bin/sh\necho this is no checkpoint\n", to: path)
    #expect(runError { _ = try CheckpointFile.read(path) }?.exitCode == 5)
  }
}
