import RunFixtures
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveTestSupport
import SwerveText
import Testing

@Suite struct RunFolderTests {
  @Test func namesAFolderAfterNameSeedAndInputs() throws {
    let temporary = try TemporaryFolder()
    let run = FakeRun()
    let folder = try RunFolder.create(
      at: nil, runsFolder: temporary.file("a/runs"), manifest: run.manifest, sources: run.sources)
    #expect(folder.path == temporary.file("a/runs/quick-7-\(run.inputs.digest.prefix(8))"))
    #expect(try POSIXFile.list(folder.path) == ["checkpoints", "manifest.json", "script"])
    #expect(try temporary.text("a/runs/\(Path.name(folder.path))/script/rules/mine.lua") == "return {}\n")
    #expect(try POSIXFile.list(temporary.file("a/runs")).count == 1, "no temporary folder is left")
  }

  @Test func addsANumberToATakenName() throws {
    let temporary = try TemporaryFolder()
    let run = FakeRun()
    let names = try (1...3).map { _ in
      try RunFolder.create(at: nil, runsFolder: temporary.path, manifest: run.manifest, sources: []).path
    }
    #expect(names[1] == names[0] + "-2" && names[2] == names[0] + "-3")
  }

  @Test func createsFoldersAtTheSameTimeWithoutCollision() async throws {
    let temporary = try TemporaryFolder()
    let path = temporary.path
    let paths = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<16 {
        group.addTask {
          let run = FakeRun()
          return try RunFolder.create(at: nil, runsFolder: path, manifest: run.manifest, sources: run.sources).path
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(paths.count == 16)
    #expect(try POSIXFile.list(path).count == 16)
  }

  @Test func rejectsAGivenFolderThatExists() throws {
    let temporary = try TemporaryFolder()
    let out = temporary.file("out")
    _ = try POSIXFile.makeFolder(out)
    let error = runError { _ = try RunFolder.create(at: out, manifest: FakeRun().manifest, sources: []) }
    #expect(error == RecordError.folderExists(path: out))
    #expect(error?.exitCode == 5)
    #expect(error?.description.contains("--out") == true)
    #expect(try POSIXFile.list(out).isEmpty)
  }

  @Test func leavesNothingWhereAFolderCannotBeWritten() throws {
    let temporary = try TemporaryFolder()
    try POSIXFile.writeAtomically("", to: temporary.file("file"))
    for out in ["file/out", "file/deep/out"] {
      let error = runError {
        _ = try RunFolder.create(at: temporary.file(out), manifest: FakeRun().manifest, sources: [])
      }
      #expect(error?.exitCode == 5)
      #expect(error?.description.hasPrefix("cannot create") == true, "\(String(describing: error))")
    }
    #expect(try POSIXFile.list(temporary.path) == ["file"])
  }

  @Test(arguments: ["../x.lua", "/x.lua", "a//b.lua", "", "./x.lua", "a/../../x.lua"])
  func rejectsAScriptPathOutsideTheFolder(_ path: String) throws {
    let temporary = try TemporaryFolder()
    let source = ScriptSource(path: path, bytes: [])
    let error = runError {
      _ = try RunFolder.create(
        at: temporary.file("a/b/out"), manifest: FakeRun().manifest, sources: FakeRun().sources + [source])
    }
    #expect(error == RecordError.badSourcePath(path))
    #expect(try POSIXFile.list(temporary.path).isEmpty, "neither the run nor the folders above it are left")
  }

  @Test func givesDifferentInputsDifferentDigests() {
    let base = FakeRun().inputs
    func changed(
      script: String? = nil, files: [FileDigest]? = nil, options: JSONValue? = nil, seed: UInt64? = nil,
      limits: JSONValue? = nil, math: String? = nil, version: Int? = nil
    ) -> String {
      RunInputs(
        scriptSHA256: script ?? base.scriptSHA256, files: files ?? base.files, options: options ?? base.options,
        seed: seed ?? base.seed, limits: limits ?? base.limits, math: math ?? base.math,
        mathVersion: version ?? base.mathVersion
      ).digest
    }
    let digests = [
      changed(), changed(script: Digest.of("other")), changed(files: []), changed(options: ["digits": 6]),
      changed(seed: 8), changed(limits: [:]), changed(math: "blas"), changed(version: 2),
    ]
    #expect(changed() == base.digest)
    #expect(Set(digests).count == digests.count)
  }

  @Test func findsAnEditedManifest() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let manifest = path + "/manifest.json"
    let text = String(decoding: try POSIXFile.read(manifest), as: UTF8.self)
    try POSIXFile.writeAtomically(text.replacing("\"seed\": 7", with: "\"seed\": 8"), to: manifest)
    let error = runError { _ = try RunReader.read(path) }
    #expect(error?.description.contains("the inputs were edited after the run") == true)
    try POSIXFile.writeAtomically(text.replacing("\"swerve_run\": 1", with: "\"swerve_run\": 2"), to: manifest)
    let versionError = FileError.formatVersion(path: manifest, what: "run", found: 2, expected: 1)
    #expect(runError { _ = try RunReader.read(path) } == versionError)
  }

  @Test func makesDifferentAndSafeFileNamesOfStages() {
    #expect(Path.fileName("prioritized-kl_2.5") == "prioritized-kl_2.5")
    #expect(Path.fileName("../a b") == "%2E.%2Fa%20b")
    #expect(Path.fileName("") == "%" && Path.fileName(".") == "%2E")
  }

  @Test func splitsAndJoinsPaths() {
    #expect(
      Path.parent("a") == "." && Path.parent("/a") == "/" && Path.parent("a/b/") == "a" && Path.parent("/") == "/")
    #expect(Path.name("a/b/") == "b" && Path.name("a") == "a")
    #expect(Path.join(".", "a") == "a" && Path.join("x/", "a") == "x/a" && Path.join("x", "/a") == "/a")
    #expect(
      Path.folderAbove(".") == "./.." && Path.folderAbove("golden") == "." && Path.folderAbove("/p/golden") == "/p")
  }

  @Test func replacesAFileAtomicallyAndLeavesNoTemporaryFile() throws {
    let temporary = try TemporaryFolder()
    try POSIXFile.writeAtomically("old", to: temporary.file("x"))
    try POSIXFile.writeAtomically("new", to: temporary.file("x"))
    #expect(try temporary.text("x") == "new")
    #expect(try POSIXFile.list(temporary.path) == ["x"])
    let error = runError { try POSIXFile.writeAtomically("x", to: temporary.file("no/x")) }
    #expect(error?.description == "cannot write \(temporary.file("no/x")): No such file or directory")
  }

  /// More than any process number, so that it is nobody's.
  @Test func removesWhatAKilledProcessLeft() throws {
    let temporary = try TemporaryFolder()
    let (gone, own) = ("99999999", "\(POSIXFile.processNumber)")
    let names = [
      ".swerve-tmp-\(gone)-0", ".swerve-tmp-\(own)-0", ".swerve-tmp-else-where-\(gone)-0", ".swerve-tmp-x-y",
      ".swerve-tmp-",
    ]
    for name in names { try POSIXFile.makeFolders(temporary.file(name) + "/script") }
    let path = try FakeRun().record(in: temporary.path)
    #expect(try POSIXFile.list(temporary.path) == (names.dropFirst() + [Path.name(path)]).sorted())
    // As it is called now.
    let run = FakeRun()
    _ = try RunFolder.create(at: nil, runsFolder: temporary.path, manifest: run.manifest, sources: [])
    #expect(try POSIXFile.list(temporary.path).count == names.count + 1)
  }
}
