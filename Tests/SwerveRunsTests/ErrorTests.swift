import Glibc
import SwerveFiles
import SwerveRecords
import SwerveRuns
import SwerveText
import Testing

/// One error of each case of the enums of errors, with its exit code and what its text holds.
@Suite struct ErrorTests {
  typealias Example = (error: any UserFacingError, exitCode: Int32, text: String)

  private static let difference = ReplayDifference(
    path: "runs/a/metrics.jsonl", stage: "s", step: 3, item: .metric(named: "loss"), recorded: .number(1),
    recomputed: .null, ulps: nil,
    chainBreak: nil)
  private static let editedDifference = ReplayDifference(
    path: "runs/a/metrics.jsonl", stage: "s", step: 3, item: .metric(named: "loss"), recorded: .number(1),
    recomputed: .null, ulps: nil,
    chainBreak: ChainBreak(stage: "s", step: 3, line: 3))

  private static let file: [(FileError, Int32, String)] = [
    (.system(.read, path: "x", code: EISDIR), 5, "cannot read x: Is a directory"),
    (.refused(.read, path: "x", reason: "it is not a file"), 5, "cannot read x: it is not a file"),
    (.locked(path: "x"), 6, "another process is writing x. Wait until it ends"),
    (
      .notJSON(path: "x", JSONError(message: "a value should be here", line: 3, column: 8)), 5,
      "x:3:8: this is not JSON: a value should be here. The file was edited"
    ),
    (
      .conflictMarks(path: "x", line: 4), 5,
      "x:4: here are git's conflict marks: a merge left two versions in this file. Keep"
    ),
    (
      .badField(path: "x", line: 2, field: "seed", found: "\"a\"", expected: "an integer"), 5,
      "x:2: field \"seed\": found \"a\", expected an integer. Restore the file from version control"
    ),
    (.formatVersion(path: "x", what: "run", found: 2, expected: 1), 5, "Update swerve"),
    (.formatVersion(path: "x", what: "run", found: 0, expected: 1), 5, "Record it again"),
  ]

  private static let record: [(RecordError, Int32, String)] = [
    (.folderExists(path: "x"), 5, "the output folder x exists already"),
    (.badSourcePath("../x"), 5, "\"../x\" cannot be copied into the run folder: a relative path without '..'"),
    (.repeatedMetric(stage: "s", step: 3, name: "m"), 5, "step 3 of stage s has the metric m twice"),
    (.locked(path: "x"), 6, "another process is writing the run x. Wait until it ends"),
    (.takenOver(path: "x", by: nil), 6, "the run x was taken over by another process, so"),
    (.sweepEdited(path: "x", file: "y"), 5, "y is not what it was when the sweep x began"),
    (.notASweep(path: "x"), 5, "x is not the folder of a sweep: it has no sweep.json. Give the Lua file"),
    (.sweepLocked(path: "x"), 6, "another process is running the sweep x. Wait until it ends"),
    (.nothingToResume(script: "x", folder: "y"), 5, "no run of x with these options and this seed is in y. Start it"),
    (.noRun(path: "x"), 5, "there is no run folder x. `swerve list`"),
    (
      .runNotFound(name: "q", folder: "runs", candidates: ["qu-1", "qu-2"]), 5,
      "2 runs in runs are meant by 'q': qu-1, qu-2. Give more"
    ),
    (
      .runNotFound(name: "qi-1", folder: "runs", candidates: ["qu-1"]), 5,
      "there is no run 'qi-1' in runs; did you mean 'qu-1'?"
    ),
    (.notARun(path: "x"), 5, "it has no manifest.json"),
    (.notComparable(path: "x"), 5, "x is neither a run folder nor a golden file"),
    (.manifestEdited(path: "x", recorded: "a", found: "b"), 5, "they hash to b, inputs_sha256 says a"),
    (.wrongOrder(path: "x", line: 4, found: "step 3", expected: "step 2"), 5, "x:4: found step 3, expected step 2"),
    (.chainBroken(path: "x", ChainBreak(stage: "s", step: 3, line: 4)), 1, "x:4: step 3 of stage s: the hash chain"),
    (.inputsDiffer(path: "x", field: "a.lua", recorded: "1", found: "2"), 1, "recorded 1, now 2"),
    (
      .otherMember(member: "a=1", path: "s/a=1", difference: "another script"), 5,
      "member a=1 is there already, made of other inputs: another script than in s/a=1. Give the sweep another --out"
    ),
    (
      .fileChanged(path: "x", recorded: "1", found: "2"), 5, "x is not what the run wrote: recorded 1, found 2. Restore"
    ),
    (.packDamaged(path: "x", part: "p", detail: "d"), 5, "the packed run x is damaged: p: d. Copy the file again"),
    (
      .replayDifference(difference), 1,
      "step 3 of stage s: loss: the record says 1.0 (0x3f800000), the re-execution gives null. The record is intact"
    ),
    (
      .replayDifference(editedDifference), 1,
      "The hash chain breaks at this step: the line was edited after it was written. Restore the file from a copy"
    ),
  ]

  private static let checkpoint: [(CheckpointError, Int32, String)] = [
    (.missing(path: "x"), 5, "there is no checkpoint x. Check the path, or"),
    (.missing(path: "x", at: "a.lua:3"), 5, "a.lua:3: there is no checkpoint x. Check the path (seen from"),
    (.truncated(path: "x", detail: "d"), 5, "the checkpoint x is cut off: d. Copy it again"),
    (.damaged(path: "x", detail: "d"), 5, "x is not a readable checkpoint: d"),
    (
      .foreign(path: "x", found: "missing"), 5,
      "expected \"swerve-checkpoint-1\". Give a checkpoint that a run wrote, a .gguf file"
    ),
    (
      .digest(path: "x", what: "weights", recorded: "a", found: "b"), 5,
      "its weights hash to b, the file says a. It was changed after it was written"
    ),
  ]

  private static let golden: [(GoldenError, Int32, String)] = [
    (.missing(path: "x"), 5, "`swerve bless RUN --reason TEXT`"),
    (.notAGolden(path: "x"), 5, "x:1: the first line is no golden header"),
    (.truncated(path: "x"), 5, "the golden file x is cut off"),
    (.otherMath(path: "x", found: 1, expected: 2), 1, "recorded with math 1, this swerve computes math 2"),
    (.withoutScript(path: "x", script: "y"), 5, "belongs to the script y, which does not exist"),
    (.ofAnotherScript(path: "x", script: "y", expected: "z"), 5, "belongs to the script y, not to z: scripts of one"),
    (.orphaned(path: "x", script: "y", expected: "z"), 5, "its script, y, would make z. Rename one of them"),
    (.pending(path: "x", change: "y"), 1, "x is a change to y that nobody decided on. Accept or reject it"),
    (.noPendingChange(name: "x", known: ["y"]), 2, "there is no pending change x, only y. `swerve review --list`"),
    (.noPendingChange(name: "x", known: []), 2, "there is no pending change x, nor any other"),
    (.stale(path: "x", file: "y"), 5, "the golden file x is stale: y was edited since, to the same bits."),
    (.edited(path: "x", detail: "d"), 1, "x was edited after it was recorded: d. Restore it from version control"),
    (.settings(path: "x", detail: "d"), 1, "with --set, and the script does not take that any more: d. `swerve run`"),
    (.reservedName(path: "x.new.lua", .pending), 2, "x.new.lua can have no golden: names that end in .new are"),
    (.reservedName(path: ".x.lua", .hidden), 2, "and `swerve test` runs none of them. Give the script another name"),
    (.emptyReason, 2, "Add --reason TEXT"),
    (.ciNeverWrites(path: "x"), 2, "CI is set, so x is not written"),
    (.notBlessable(path: "x", state: .failed), 5, "its status is failed, expected complete"),
  ]

  private static let others: [Example] = [
    (UsageError("--x must be y"), 2, "--x must be y"),
    (UsageError("--x must be y", hint: "give z"), 2, "--x must be y. Give z"),
    (UnsupportedProcessor(build: "x86-64-v4", lacks: ["avx512f"]), 5, "but this processor lacks avx512f"),
  ]

  private static let all: [Example] =
    file.map { ($0.0, $0.1, $0.2) } + record.map { ($0.0, $0.1, $0.2) } + checkpoint.map { ($0.0, $0.1, $0.2) }
    + golden.map { ($0.0, $0.1, $0.2) } + others

  @Test(arguments: 0..<all.count)
  func returnsTextAndExitCodeOfEachError(_ index: Int) {
    let (error, exitCode, text) = Self.all[index]
    #expect(error.exitCode == exitCode && error.description.contains(text), "\(error.description)")
  }

  @Test(arguments: 0..<all.count)
  func writesMessagesAndHintsInTheSameStyle(_ index: Int) {
    let error = Self.all[index].error
    for text in [error.message, error.hint].compactMap(\.self) {
      #expect(!text.isEmpty && !text.hasSuffix(".") && !text.contains(" .. "), "\(text)")
    }
    guard let hint = error.hint?.unicodeScalars else { return }
    let (first, second) = (hint[hint.startIndex], hint[hint.index(after: hint.startIndex)])
    let isName = first.properties.isUppercase && second.properties.isUppercase
    #expect(first.properties.isLowercase || first == "`" || isName, "\(error.hint ?? "")")
  }

  @Test func listsAnExampleOfEachCase() {
    #expect(Set(Self.file.map(\.0.caseName)) == Set(FileError.CaseName.allCases))
    #expect(Set(Self.record.map(\.0.caseName)) == Set(RecordError.CaseName.allCases))
    #expect(Set(Self.checkpoint.map(\.0.caseName)) == Set(CheckpointError.CaseName.allCases))
    #expect(Set(Self.golden.map(\.0.caseName)) == Set(GoldenError.CaseName.allCases))
  }

  /// A path is whatever a user has; no part of a text is found by what it looks like.
  @Test func keepsAPathWithAFullStopWhole() {
    let path = "runs/No. 1/Fig. 2.jsonl"
    let marks = FileError.conflictMarks(path: path, line: 4)
    #expect(marks.message == "\(path):4: here are git's conflict marks: a merge left two versions in this file")
    #expect(
      marks.hint == """
        keep one of them: while the merge is open with `git checkout --ours '\(path)'` or \
        `git checkout --theirs '\(path)'`, after it by hand
        """)
    let stale = GoldenError.stale(path: path, file: "a. lua")
    #expect(stale.message == "the golden file \(path) is stale: a. lua was edited since, to the same bits")
    #expect(
      stale.hint == "`swerve test '\(path)' --bless --reason TEXT` records it for the text as it is now")
    #expect(GoldenError.ciNeverWrites(path: path).hint == nil)
    #expect(UsageError("no stage 'a. b'").hint == nil)
  }
}
