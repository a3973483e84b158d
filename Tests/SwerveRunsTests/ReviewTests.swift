import RunFixtures
import SwerveFiles
import SwerveRecords
import SwerveRuns
import SwerveTensor
import SwerveTestSupport
import Testing

@Suite struct ReviewTests {
  private let folder: TemporaryFolder

  /// A golden with a change, a golden without, and a transcript with a change.
  init() throws {
    folder = try TemporaryFolder()
    let store = GoldenStore(folder: folder.file("golden"), isCI: false)
    _ = try store.bless("quick", try FakeRun(math: mathVersion).golden())
    _ = try store.bless("slow", try FakeRun().golden())
    _ = try store.writeNew("quick", try FakeRun(seed: 8, math: mathVersion).golden(reason: "pending"))
    try POSIXFile.makeFolders(folder.file("golden/cli"))
    try POSIXFile.writeAtomically("$ swerve check bad.lua\nold\nexit code 3\n", to: folder.file("golden/cli/bad.txt"))
    try POSIXFile.writeAtomically(
      "$ swerve check bad.lua\nnew\nexit code 3\n", to: folder.file("golden/cli/bad.new.txt"))
  }

  private func changes() throws -> [PendingChange] { try PendingChange.find(folder.path) }

  private func names(_ name: String) throws -> [String] { try POSIXFile.list(folder.file(name)) }

  @Test func rejectsAChangeWhoseScriptMakesAnotherGolden() throws {
    let store = GoldenStore(folder: folder.file("golden"), isCI: false)
    let path = try #require(try store.writeNew("zzz", try FakeRun(math: mathVersion).golden(reason: "pending")))
    let change = try #require(try changes().first { $0.name == "zzz" })
    let error = runError { try change.accept(reason: "why not", isCI: false) }
    #expect(
      error
        == GoldenError.orphaned(path: path, script: "examples/quick.lua", expected: folder.file("golden/quick.jsonl")))
    #expect(POSIXFile.kind(path) == .file && POSIXFile.kind(folder.file("golden/zzz.jsonl")) == nil)
  }

  @Test func findsChangesFromEitherFolder() throws {
    #expect(try changes().map(\.name) == ["quick", "cli/bad"])
    #expect(try PendingChange.find(folder.file("golden")).map(\.name) == ["quick", "cli/bad"])
    #expect(try PendingChange.find(folder.file("golden/cli")).map(\.name) == ["bad"])
    #expect(try changes()[0].replaces == folder.file("golden/quick.jsonl"))
  }

  @Test func showsTheDifferenceOfStepsOrOfLines() throws {
    let changes = try changes()
    let quick = try changes[0].difference()
    #expect(
      quick.hasPrefix("step 1 of stage pretrain: loss: ") && quick.contains("inputs that differ:\n  seed: 7 against 8"))
    #expect(try changes[1].difference() == "  $ swerve check bad.lua\n- old\n+ new\n  exit code 3\n")
    try POSIXFile.remove(folder.file("golden/quick.jsonl"))
    #expect(try changes[0].difference() == "there is no \(folder.file("golden/quick.jsonl")) yet: 25 steps\n")
  }

  @Test func replacesTheGoldenAndKeepsTheReasonWhenAccepting() throws {
    for change in try changes() { try change.accept(reason: "a  larger\nbatch", isCI: false) }
    #expect(try changes().isEmpty)
    let golden = try GoldenFile.read(folder.file("golden/quick.jsonl"))
    #expect(golden.header.seed == 8 && golden.header.reason == "a  larger\nbatch" && golden.header.date != "2026-01-02")
    #expect(golden.recorded == (try FakeRun(seed: 8, math: mathVersion).collect()))
    #expect(try folder.text("golden/cli/bad.txt").contains("\nnew\n"))
    #expect(try folder.text("golden/cli/REASONS").wholeMatch(of: /bad\.txt, 20\S+Z: a larger batch\n/) != nil)
    #expect(try names("golden/cli") == ["REASONS", "bad.txt"])
  }

  @Test func replacesTheFirstReasonWithASecondOne() throws {
    let old = "aaa.txt, 2026-01-02T00:00:00Z: older\nbad.txt, 2026-01-02T00:00:00Z: old\nccc.txt, x: y\n"
    try POSIXFile.writeAtomically(old, to: folder.file("golden/cli/REASONS"))
    try changes()[1].accept(reason: "newer", isCI: false)
    let lines = try folder.text("golden/cli/REASONS").split(separator: "\n")
    #expect(
      lines.count == 3 && lines[0].hasSuffix("older") && lines[1].hasPrefix("bad.txt, 2") && lines[2] == "ccc.txt, x: y"
    )
    #expect(lines[1].hasSuffix(": newer"))
  }

  @Test func removesOnlyTheChangeWhenRejecting() throws {
    let before = try folder.text("golden/quick.jsonl")
    for change in try changes() { try change.reject(isCI: false) }
    #expect(try names("golden") == ["cli", "quick.jsonl", "slow.jsonl"])
    #expect(try names("golden/cli") == ["bad.txt"] && folder.text("golden/quick.jsonl") == before)
  }

  @Test func acceptsNothingWithoutAReasonOrInCI() throws {
    for change in try changes() {
      #expect(runError { try change.accept(reason: " ", isCI: false) } == GoldenError.emptyReason)
      #expect(
        runError { try change.accept(reason: "r", isCI: true) } == GoldenError.ciNeverWrites(path: change.replaces))
      #expect(runError { try change.reject(isCI: true) } == GoldenError.ciNeverWrites(path: change.path))
    }
    #expect(try changes().count == 2)
  }

  @Test func rejectsAnEditedChangeAndOneOfAnotherMath() throws {
    try changeDigit(folder.file("golden/quick.new.jsonl"), line: 3, metric: "loss")
    #expect(runError { try changes()[0].accept(reason: "r", isCI: false) }?.exitCode == 1)
    let store = GoldenStore(folder: folder.file("golden"), isCI: false)
    _ = try store.writeNew("quick", try FakeRun(seed: 8, math: mathVersion + 1).golden(reason: "pending"))
    let error = runError { try changes()[0].accept(reason: "r", isCI: false) }
    #expect(error?.description.contains("math \(mathVersion + 1)") == true)
    #expect(try GoldenFile.read(folder.file("golden/quick.jsonl")).header.seed == 7)
  }

  @Test func choosesByPatternsInTheOrderOfTheChanges() throws {
    let changes = try changes()
    #expect(try PendingChange.chosen(["cli/*", "quick"], from: changes) == changes)
    #expect(try PendingChange.chosen(["*"], from: changes) == changes)
    let error = runError { _ = try PendingChange.chosen(["quick", "slow"], from: changes) }
    #expect(error == GoldenError.noPendingChange(name: "slow", known: ["quick", "cli/bad"]) && error?.exitCode == 2)
  }

  /// Answers in order; what was shown and asked.
  private func walk(_ answers: String...) throws -> (ReviewSession.Tally, String) {
    var left = answers[...]
    var shown = ""
    let session = ReviewSession(
      try changes(), isCI: false, show: { shown += $0 },
      ask: { question in
        shown += question
        return left.popFirst()
      })
    return (try session.run(), shown)
  }

  @Test func asksAboutEachChange() throws {
    let (tally, shown) = try walk("what", "a", "", "accept", "a reason", " R ")
    #expect(tally.accepted == 1 && tally.rejected == 1 && tally.skipped == 0)
    #expect(shown.hasPrefix("\nquick (1 of 2)\n  step 1 of stage pretrain: loss: "))
    #expect(shown.contains("a change is only accepted for a reason") && shown.contains("q: quit"))
    #expect(shown.contains("\ncli/bad (2 of 2)\n    $ swerve check bad.lua\n  - old\n  + new\n"))
    #expect(try changes().isEmpty && GoldenFile.read(folder.file("golden/quick.jsonl")).header.reason == "a reason")
    #expect(try folder.text("golden/cli/bad.txt").contains("\nold\n"))
  }

  @Test(arguments: [["q"], ["s", "q"], [], ["s", "s"], ["a"]])
  func changesNothingWhenQuittingOrSkipping(answers: [String]) throws {
    var left = answers[...]
    let tally = try ReviewSession(try changes(), isCI: false, show: { _ in }, ask: { _ in left.popFirst() }).run()
    #expect(tally.accepted == 0 && tally.rejected == 0 && tally.skipped == 2)
    #expect(try changes().count == 2)
  }

  @Test func letsAnUnreadableChangeBeRejected() throws {
    try POSIXFile.writeAtomically("what\n", to: folder.file("golden/quick.new.jsonl"))
    let (tally, shown) = try walk("r", "s")
    #expect(
      tally.rejected == 1 && shown.contains("  error: \(folder.file("golden/quick.new.jsonl")):1:1: this is not JSON"))
  }
}
