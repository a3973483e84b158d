import Glibc
import RunFixtures
import SwerveFiles
import SwerveRecords
import SwerveRuns
import SwerveTestSupport
import SwerveText
import Testing

@Suite struct PackTests {
  /// A recorded run with the checkpoint that it read, as one that was unpacked has it.
  private func run(in folder: TemporaryFolder) throws -> String {
    let fake = FakeRun()
    let path = try fake.record(in: folder.path)
    try POSIXFile.makeFolders(path + "/inputs")
    try POSIXFile.writeAtomically("a", to: path + "/inputs/" + Digest.of("a"))
    return path
  }

  @Test func packsARunTheSameWhateverItsFolderIsCalled() throws {
    let folder = try TemporaryFolder()
    let path = try run(in: folder)
    let outcome = try PackWriter.pack(path, to: folder.file("a.tar"))
    #expect(PackReader.isPack(folder.file("a.tar")) && !PackReader.isPack(path + "/manifest.json"))
    #expect(try PackReader.verify(folder.file("a.tar")) == outcome.files)
    #expect(try POSIXFile.read(folder.file("a.tar")).count == outcome.bytes)
    let temporary = try PackReader.withFolder(folder.file("a.tar")) { unpacked in
      #expect(Path.name(unpacked) == Path.name(path))
      for name in ["manifest.json", "metrics.jsonl", "SHA256SUMS", "script/rules/mine.lua"] {
        #expect(try POSIXFile.read(Path.join(unpacked, name)) == POSIXFile.read(Path.join(path, name)), "\(name)")
      }
      #expect(try RunReader.read(unpacked).recorded == RunReader.read(path).recorded)
      _ = try POSIXFile.moveFolder(unpacked, to: folder.file("other"))
      return Path.parent(unpacked)
    }
    #expect(POSIXFile.kind(temporary) == nil)
    // Packed again from another folder: the same bytes.
    _ = try PackWriter.pack(folder.file("other"), to: folder.file("b.tar"))
    #expect(try POSIXFile.read(folder.file("a.tar")) == POSIXFile.read(folder.file("b.tar")))
  }

  @Test func findsEveryFlippedBitOfAPackedRunAndNamesItsFile() throws {
    let seed: UInt64 = 5
    var random = SwerveTestSupport.TestRandom(seed)
    let folder = try TemporaryFolder()
    let pack = folder.file("a.tar")
    _ = try PackWriter.pack(try run(in: folder), to: pack)
    let whole = try POSIXFile.read(pack)
    for place in [0, 100, 124, 156, 257, 511, 512] + (0..<120).map({ _ in random.within(0...whole.count - 1) }) {
      var bytes = whole
      bytes[place] ^= UInt8(1 << random.within(0...7))
      try POSIXFile.writeAtomically(bytes, to: pack)
      let error = runError { _ = try PackReader.verify(pack) }
      #expect(error?.exitCode == 5 && error?.description.contains(pack) == true, "seed \(seed), byte \(place)")
    }
    for count in [0, 1, 511, 512, 513, whole.count / 2, whole.count - 1024, whole.count - 1] {
      try POSIXFile.writeAtomically(Array(whole.prefix(count)), to: pack)
      #expect(runError { _ = try PackReader.verify(pack) }?.exitCode == 5, "\(count) bytes")
    }
    try POSIXFile.writeAtomically(whole + [0], to: pack)
    #expect(runError { _ = try PackReader.verify(pack) }?.description.contains("its size") == true)
    let metrics = try #require(whole.firstRange(of: Array("/metrics.jsonl".utf8).map(\.self) + [0]))
    var bytes = whole
    bytes[metrics.lowerBound / 512 * 512 + 600] ^= 4
    try POSIXFile.writeAtomically(bytes, to: pack)
    #expect(
      runError { _ = try PackReader.verify(pack) }?.description.contains("is damaged: metrics.jsonl: recorded ") == true
    )
  }

  /// Archives that somebody made to write elsewhere: all digests in them are right.
  @Test(arguments: [
    "../evil", "a/../../evil", "/evil", "a//b", "./a", ".hidden", "a/.hidden", "", "a/", "pack.json",
    "x\u{0}y", String(repeating: "a", count: 300), String(repeating: "d/", count: 140) + "f", "script/../.hidden",
  ])
  func rejectsAnArchiveThatWritesOutsideOfItsFolder(path: String) throws {
    let folder = try TemporaryFolder()
    try Self.forge([(path, "x")]).write(to: folder.file("a.tar"))
    let error = runError { try PackReader.withFolder(folder.file("a.tar")) { _ in } }
    #expect(error?.exitCode == 5 && error?.description.contains("a path inside the run folder") == true, "\(path)")
  }

  @Test func rejectsTwoFilesWithOnePath() throws {
    let folder = try TemporaryFolder()
    for (files, message) in [
      ([("a", "x"), ("a", "y")], "each once"), ([("b", "x"), ("a", "y")], "in the order of their paths"),
      ([("a", "x"), ("a/b", "y")], "it is a file and a folder"),
    ] {
      try Self.forge(files).write(to: folder.file("a.tar"))
      let error = runError { _ = try PackReader.verify(folder.file("a.tar")) }
      #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
  }

  @Test func rejectsAListThatPromisesMoreThanTheFileHolds() throws {
    let folder = try TemporaryFolder()
    try Self.forge([("a", "x")], bytes: 1 << 40).write(to: folder.file("a.tar"))
    #expect(
      runError { _ = try PackReader.verify(folder.file("a.tar")) }?.description.contains("bytes, expected 0...") == true
    )
    try Self.forge([("a", "x")], bytes: 1 << 30).write(to: folder.file("a.tar"))
    #expect(runError { _ = try PackReader.verify(folder.file("a.tar")) }?.description.contains("its size") == true)
  }

  @Test func rejectsAChangedRunAndOneWithoutItsCheckpoint() throws {
    let folder = try TemporaryFolder()
    let path = try run(in: folder)
    try POSIXFile.remove(path + "/inputs")
    #expect(
      runError { _ = try PackWriter.pack(path, to: folder.file("a.tar")) }?.description.contains(
        "there is no checkpoint") == true)
    try changeDigit(path + "/metrics.jsonl", line: 3, metric: "loss")
    #expect(
      runError { _ = try PackWriter.pack(path, to: folder.file("a.tar")) }?.description.contains(
        "metrics.jsonl is not what") == true)
    #expect(try POSIXFile.list(folder.path) == [Path.name(path)])
  }

  @Test func findsARunByItsNameOrAPartOfIt() throws {
    let folder = try TemporaryFolder()
    let paths = try (1...2).map { try FakeRun(seed: $0).record(in: folder.path) }
    let names = paths.map(Path.name)
    func found(_ name: String) throws -> String { try RunSource.find(name, runsFolder: folder.path) }
    #expect(try found(names[0]) == paths[0] && found("quick-2") == paths[1])
    for part in [names[1].suffix(8), names[1].suffix(8).prefix(5)] { #expect(try found(String(part)) == paths[1]) }
    #expect(
      runError { _ = try found("quick") }
        == RecordError.runNotFound(name: "quick", folder: folder.path, candidates: names))
    #expect(runError { _ = try found("qiuck-1-" + names[0].suffix(8)) }?.description.contains("did you mean") == true)
    #expect(try found("nowhere") == "nowhere" && found("a/b") == "a/b")
  }

  private struct Forged {
    let bytes: [UInt8]
    func write(to path: String) throws { try POSIXFile.writeAtomically(bytes, to: path) }
  }

  /// An archive with right digests and headers, whatever is in its list.
  private static func forge(_ files: [(path: String, text: String)], bytes: Int? = nil) -> Forged {
    let list: [JSONMember] = [
      JSONMember("swerve_pack", 1), JSONMember("run", "run"),
      JSONMember(
        "files",
        .array(
          files.map {
            [
              "path": .string($0.path), "bytes": .integer(bytes ?? $0.text.utf8.count),
              "sha256": .string(Digest.of($0.text)),
            ]
          })),
    ]
    let digest = Digest.of(JSONValue.object(list).compact())
    let text = Array(JSONValue.object(list + [JSONMember("sha256", .string(digest))]).pretty().utf8)
    var archive = TarHeader.bytes(path: "run/pack.json", bytes: text.count) + TarHeader.padded(text)
    for file in files {
      archive += TarHeader.bytes(path: "run/" + file.path, bytes: file.text.utf8.count)
      archive += TarHeader.padded(Array(file.text.utf8))
    }
    return Forged(bytes: archive + TarHeader.end)
  }
}
