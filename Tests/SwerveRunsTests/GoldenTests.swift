import RunFixtures
import SwerveTestSupport
import Testing

@testable import SwerveFiles
@testable import SwerveRecords
@testable import SwerveRuns

@Suite struct GoldenTests {
  /// A project folder with a script and its golden.
  private func project(_ temporary: TemporaryFolder, isCI: Bool = false) throws -> GoldenStore {
    try POSIXFile.makeFolders(temporary.file("examples"))
    try POSIXFile.writeAtomically(FakeRun().script, to: temporary.file("examples/quick.lua"))
    let store = GoldenStore(folder: temporary.file("golden"), isCI: false)
    _ = try store.bless("quick", try FakeRun().golden())
    return GoldenStore(folder: temporary.file("golden"), isCI: isCI)
  }

  private func edit(_ temporary: TemporaryFolder, _ old: String, _ new: String) throws {
    let path = temporary.file("golden/quick.jsonl")
    try POSIXFile.writeAtomically(try temporary.text("golden/quick.jsonl").replacing(old, with: new), to: path)
  }

  @Test func readsAGoldenBackAsItWasWritten() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    let golden = try store.read("quick")
    #expect(golden.recorded == (try FakeRun().collect()) && golden.chainBreak == nil)
    #expect(golden.header == (try FakeRun().golden()).header)
    #expect(golden.text == (try temporary.text("golden/quick.jsonl")))
    #expect(try golden.scriptPath() == temporary.file("examples/quick.lua"))
    #expect(try store.names() == ["quick"])
    #expect(throws: Never.self) { try golden.requireMath(1) }
  }

  @Test func locatesAChangedDigit() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    // Line 1 is the header; pretrain has 5 steps.
    try changeDigit(store.path("quick"), line: 1 + 5 + 12, metric: "kl_k2")
    let golden = try store.read("quick")
    #expect(golden.chainBreak != nil)
    let computed = ComparedRun(label: "this run", recorded: try FakeRun().collect(), inputs: FakeRun().inputs)
    let report = Comparison.compare(ComparedRun(golden), computed)
    #expect(!report.isSame && report.differences.count == 1)
    let first = try #require(report.firstDifference)
    #expect(first.stage == "prioritized" && first.step == 12 && first.name == "kl_k2" && first.count == 1)
    #expect(first.b == .number(Float(12) / 3 * 0.0123))
    #expect(report.text().hasPrefix("step 12 of stage prioritized: kl_k2: 0.049"))
    // The chain proves what was there.
    #expect(
      report.edited == [
        "\(store.path("quick")): step 12 of stage prioritized: kl_k2 was recorded as \(first.b.text) and now says "
          + first.a.text
      ])
  }

  @Test func makesAGoldenOfARun() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.file("runs"))
    let golden = try GoldenFile(try RunReader.read(path), reason: "first", date: "2026-01-02")
    #expect(golden.recorded == (try FakeRun().collect()))
    try changeDigit(path + "/metrics.jsonl", line: 3, metric: "loss")
    #expect(runError { _ = try GoldenFile(try RunReader.read(path), reason: "r", date: "") }?.exitCode == 1)
    try POSIXFile.remove(path + "/result.json")
    let error = GoldenError.notBlessable(path: path, state: .incomplete)
    #expect(runError { _ = try GoldenFile(try RunReader.read(path), reason: "r", date: "") } == error)
  }

  @Test func keepsTheGoldenOfAnotherScript() throws {
    let temporary = try TemporaryFolder()
    let store = GoldenStore(folder: temporary.path, isCI: false)
    let golden = try FakeRun().golden()
    _ = try store.bless("quick", golden)
    let header = GoldenHeader(
      script: "other/quick.lua", inputs: FakeRun().inputs, reason: "r", date: "2026-01-02", tolerance: .exact)
    let error = runError { _ = try store.bless("quick", GoldenFile(header: header, recorded: golden.recorded)) }
    let expected = GoldenError.ofAnotherScript(
      path: store.path("quick"), script: golden.header.script, expected: "other/quick.lua")
    #expect(error == expected && error?.exitCode == 5)
    #expect(try store.read("quick").header.script == golden.header.script)
  }

  @Test func acceptsNamesWithTheFolderInFrontAndAWordBehind() {
    for name in ["sums", "smollm2-sums", "sums.short", "smollm2-sums.short"] {
      #expect(GoldenStore.isName(name, ofScript: "examples/smollm2/sums.lua"), "\(name)")
    }
    for name in ["sum", "sums.", "other-sums", "sums.a/b", "smollm2", ""] {
      #expect(!GoldenStore.isName(name, ofScript: "examples/smollm2/sums.lua"), "\(name)")
    }
    #expect(GoldenStore.isName("a.b.short", ofScript: "examples/a.b.lua"))
  }

  @Test func rejectsBlessingWithoutAReason() throws {
    let temporary = try TemporaryFolder()
    let store = GoldenStore(folder: temporary.file("golden"), isCI: false)
    for reason in ["", " \t\n"] {
      let error = runError { _ = try store.bless("quick", try FakeRun().golden(reason: reason)) }
      #expect(error == GoldenError.emptyReason && error?.exitCode == 2)
    }
    #expect(try POSIXFile.list(temporary.path).isEmpty)
  }

  @Test func keepsTheToleranceAndRemovesThePendingFileWhenBlessing() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    let tolerance = #""tolerance":{"kl_*":{"rel":1e-06,"ulp":4},"success*":{"abs":0.5}}"#
    try edit(temporary, "\"date\":\"2026-01-02\"", "\"date\":\"2026-01-02\"," + tolerance)
    let old = try store.read("quick").header.tolerance
    #expect(old.tolerance(of: "kl_k2") == Tolerance(abs: nil, rel: 1e-6, ulp: 4))
    #expect(old.tolerance(of: "success_plus1").abs == 0.5 && old.tolerance(of: "loss").isExact)
    _ = try store.writeNew("quick", try FakeRun(seed: 8).golden())
    #expect(try POSIXFile.list(store.folder) == ["quick.jsonl", "quick.new.jsonl"])
    #expect(try store.names() == ["quick"])
    _ = try store.bless("quick", try FakeRun(seed: 8).golden(reason: "another seed"))
    #expect(try POSIXFile.list(store.folder) == ["quick.jsonl"])
    let header = try store.read("quick").header
    #expect(header.tolerance == old && header.seed == 8 && header.reason == "another seed")
  }

  @Test func writesNothingInCI() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary, isCI: true)
    let before = try temporary.text("golden/quick.jsonl")
    #expect(try store.writeNew("quick", try FakeRun(seed: 8).golden()) == nil)
    let error = runError { _ = try store.bless("quick", try FakeRun(seed: 8).golden()) }
    #expect(error == GoldenError.ciNeverWrites(path: store.path("quick")))
    _ = runError { _ = try store.bless("other", try FakeRun().golden()) }
    #expect(try POSIXFile.list(store.folder) == ["quick.jsonl"])
    #expect(try temporary.text("golden/quick.jsonl") == before)
  }

  @Test func namesAMisspeltFieldOfTheHeader() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    try edit(temporary, "\"reason\":", "\"tolerence\":{\"loss\":{\"abs\":1}},\"reason\":")
    let error = try #require(runError { _ = try store.read("quick") })
    #expect(error.exitCode == 5)
    #expect(
      error.description.hasPrefix(
        "\(store.path("quick")):1: field \"tolerence\": found a field that golden headers do not"))
    #expect(error.description.contains("did you mean 'tolerance'?"))
  }

  @Test func namesAnotherFormatVersion() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    try edit(temporary, "\"swerve_golden\":1", "\"swerve_golden\":2")
    let error = runError { _ = try store.read("quick") }
    #expect(error == FileError.formatVersion(path: store.path("quick"), what: "golden", found: 2, expected: 1))
    #expect(error?.description.hasSuffix("Update swerve") == true && error?.exitCode == 5)
  }

  @Test func reportsAnotherMathBeforeAnyDiff() throws {
    let temporary = try TemporaryFolder()
    let golden = try project(temporary).read("quick")
    let error = runError { try golden.requireMath(2) }
    #expect(error?.exitCode == 1)
    #expect(error?.description.contains("was recorded with math 1, this swerve computes math 2") == true)
  }

  @Test func locatesAnEditedWeightAndReportsAnEditBesideARealDifference() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    let weights = try #require(try store.read("quick").recorded.steps.last?.weights)
    try edit(temporary, "\"weights\":\"\(weights)\"", "\"weights\":\"\(Digest.of("x"))\"")
    let golden = ComparedRun(try store.read("quick"))
    let same = ComparedRun(label: "this run", recorded: try FakeRun().collect(), inputs: FakeRun().inputs)
    let edited = try #require(Comparison.compare(golden, same).edited.first)
    #expect(
      edited.contains("step 20 of stage prioritized: weights was recorded as \(weights.prefix(16)) and now says "))
    // Another run proves nothing of what was there.
    let other = ComparedRun(
      label: "this run", recorded: try FakeRun(seed: 8).collect(), inputs: FakeRun(seed: 8).inputs)
    #expect(Comparison.compare(golden, other).edited.first?.contains("a line was edited, removed or added") == true)
  }

  @Test func findsAnEditedResult() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    let weights = try #require(try store.read("quick").recorded.results.last?.weights)
    try edit(temporary, "\"prioritized\":\"\(weights)\"", "\"prioritized\":\"\(Digest.of("x"))\"")
    #expect(try store.read("quick").chainBreak != nil)
  }

  /// The number is the same, written otherwise.
  @Test func namesTheStepOfALineWrittenInAnotherForm() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    let lines = try temporary.text("golden/quick.jsonl").split(separator: "\n").map(String.init)
    let number = try String(#require(lines[9].firstMatch(of: /"loss":([0-9.]+)/)).1)
    try edit(temporary, lines[9], lines[9].replacing("\"loss\":\(number)", with: "\"loss\":\(number)0"))
    #expect(try store.read("quick").chainBreak == ChainBreak(stage: "prioritized", step: 4, line: 10))
  }

  @Test func acceptsBlankLines() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    let text = try temporary.text("golden/quick.jsonl")
    let whole = try store.read("quick")
    let lines = text.split(separator: "\n")
    for other in [
      text + "\n", text + " \t\r\n\n", lines.joined(separator: "\n\n") + "\n", lines.joined(separator: "\r\n"),
    ] {
      try POSIXFile.writeAtomically(other, to: store.path("quick"))
      #expect(try store.read("quick").recorded == whole.recorded && store.read("quick").chainBreak == nil)
    }
  }

  /// As `git merge` leaves them, with names, without, with the common ancestor between.
  @Test(arguments: [
    (["<<<<<<< HEAD", "=======", ">>>>>>> theirs"], 0), (["<<<<<<< HEAD", "||||||| 1a2b", "=======", ">>>>>>> x"], 7),
    (["<<<<<<<", "=======", ">>>>>>>"], 3), (["======="], 12), ([">>>>>>> branch\r"], 26),
  ])
  func reportsConflictMarksOfGit(marks: [String], place: Int) throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    var lines = try temporary.text("golden/quick.jsonl").split(separator: "\n").map(String.init)
    lines.insert(contentsOf: marks.flatMap { [$0, lines[place]] }, at: place)
    try POSIXFile.writeAtomically(lines.joined(separator: "\n") + "\n", to: store.path("quick"))
    let error = runError { _ = try store.read("quick") }
    let marks = FileError.conflictMarks(path: store.path("quick"), line: place + 1)
    #expect(error == marks && error?.exitCode == 5)
    // The header is read alone where a golden is replaced.
    if place == 0 { #expect(runError { _ = try store.bless("quick", FakeRun().golden()) } == marks) }
  }

  @Test func acceptsALineOfEqualSignsInATranscriptsReasons() throws {
    let temporary = try TemporaryFolder()
    try POSIXFile.writeAtomically(
      "a.txt, 2026-01-02: x\n<<<<<<< HEAD\nb.txt, 2026: y\n>>>>>>> z\n", to: temporary.file("REASONS"))
    let error = runError {
      try Transcript.bless(temporary.file("c.txt"), "$ swerve list\n", reason: "r", isCI: false)
    }
    #expect(error == FileError.conflictMarks(path: temporary.file("REASONS"), line: 2))
    #expect(try POSIXFile.list(temporary.path) == ["REASONS"])
    try POSIXFile.writeAtomically("=======\n", to: temporary.file("REASONS"))
    try Transcript.bless(temporary.file("c.txt"), "$ swerve list\n", reason: "r", isCI: false)
  }

  @Test(arguments: ["x.new", "a.b.new", ".new", "", ".hidden"])
  func rejectsAReservedNameBeforeAnythingIsWritten(name: String) throws {
    let temporary = try TemporaryFolder()
    let store = GoldenStore(folder: temporary.file("golden"), isCI: false)
    let golden = try FakeRun().golden()
    for error in [
      runError { _ = try store.bless(name, golden) }, runError { _ = try store.writeNew(name, golden) },
    ] {
      #expect(error?.exitCode == 2 && error?.description.contains("can have no golden: names that ") == true)
    }
    #expect(try POSIXFile.list(temporary.path).isEmpty)
  }

  @Test func namesTheLineThatIsNotJSON() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    try edit(temporary, "\"step\":4,", "\"step\":4,,")
    let error = runError { _ = try store.read("quick") }
    #expect(error?.description.hasPrefix("\(store.path("quick")):5:") == true, "\(String(describing: error))")
    #expect(error?.exitCode == 5)
  }

  @Test func findsAGoldenThatIsCutOff() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    let text = try temporary.text("golden/quick.jsonl")
    let lines = text.split(separator: "\n")
    try POSIXFile.writeAtomically(lines.dropLast().joined(separator: "\n"), to: store.path("quick"))
    #expect(runError { _ = try store.read("quick") } == GoldenError.truncated(path: store.path("quick")))
    try POSIXFile.writeAtomically(String(text.dropLast(5)), to: store.path("quick"))
    #expect(runError { _ = try store.read("quick") }?.description.contains("is not JSON") == true)
    try POSIXFile.writeAtomically(String(text.dropLast()), to: store.path("quick"))
    #expect(throws: Never.self) { try store.read("quick") }
    for other in ["", "{}\n", String(text.drop { $0 != "\n" }.dropFirst())] {
      try POSIXFile.writeAtomically(other, to: store.path("quick"))
      #expect(runError { _ = try store.read("quick") } == GoldenError.notAGolden(path: store.path("quick")))
    }
    #expect(runError { _ = try store.read("none") } == GoldenError.missing(path: store.path("none")))
  }

  @Test func rejectsAGoldenWithoutItsScript() throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    try POSIXFile.remove(temporary.file("examples/quick.lua"))
    let error = runError { _ = try store.read("quick").scriptPath() }
    #expect(error == GoldenError.withoutScript(path: store.path("quick"), script: temporary.file("examples/quick.lua")))
    #expect(error?.exitCode == 5)
  }

  @Test(arguments: [
    #"{"kl":1}"#, #"{"kl":{"abs":-1}}"#, #"{"kl":{"ulp":1.5}}"#, #"{"kl":{"eps":1}}"#, #"{"kl":{"rel":"x"}}"#, "[]",
  ])
  func namesABadTolerance(_ tolerance: String) throws {
    let temporary = try TemporaryFolder()
    let store = try project(temporary)
    try edit(temporary, "\"date\":\"2026-01-02\"", "\"date\":\"2026-01-02\",\"tolerance\":" + tolerance)
    let error = runError { _ = try store.read("quick") }
    #expect(error?.description.contains("field \"tolerance") == true, "\(String(describing: error))")
  }
}
