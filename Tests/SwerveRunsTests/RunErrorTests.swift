import SwerveRuns
import Testing

@Suite struct RunErrorTests {
  private static let difference = ReplayDifference(
    path: "runs/a/metrics.jsonl", stage: "s", step: 3, name: "loss", recorded: .number(1), recomputed: .null, ulps: nil,
    chainBreak: nil)

  /// Every error with its exit code and the beginning or the heart of its sentence.
  private static let all: [(RunError, Int32, String)] = [
    (.usage("--x must be y"), 2, "--x must be y"),
    (.file(operation: "read", path: "x", reason: "Is a directory"), 5, "cannot read x: Is a directory"),
    (
      .notJSON(path: "x", JSONError(message: "a value should be here", line: 3, column: 8)), 5,
      "x:3:8: this is not JSON: a value should be here."
    ),
    (
      .badField(path: "x", line: 2, field: "seed", found: "\"a\"", expected: "an integer"), 5,
      "x:2: field \"seed\": found \"a\", expected an integer"
    ),
    (.formatVersion(path: "x", what: "run", found: 2, expected: 1), 5, "Update swerve"),
    (.formatVersion(path: "x", what: "run", found: 0, expected: 1), 5, "Record it again"),
    (.folderExists(path: "x"), 5, "the output folder x exists already"),
    (.badSourcePath("../x"), 5, "\"../x\" cannot be copied"),
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
    (.manifestEdited(path: "x", recorded: "a", found: "b"), 5, "they hash to b, inputs_sha256 says a"),
    (.wrongOrder(path: "x", line: 4, found: "step 3", expected: "step 2"), 5, "x:4: found step 3, expected step 2"),
    (.chainBroken(path: "x", ChainBreak(stage: "s", step: 3, line: 4)), 1, "x:4: step 3 of stage s: the hash chain"),
    (.inputsDiffer(path: "x", field: "a.lua", recorded: "1", found: "2"), 1, "recorded 1, now 2"),
    (.sweepLocked(path: "x"), 5, "another process is running the sweep x. Wait until it ends"),
    (
      .otherMember(member: "a=1", path: "s/a=1", difference: "another script"), 5,
      "member a=1 is there already, made of other inputs: another script than in s/a=1. Give the sweep another --out"
    ),
    (
      .fileChanged(path: "x", recorded: "1", found: "2"), 5, "x is not what the run wrote: recorded 1, found 2. Restore"
    ),
    (.packDamaged(path: "x", part: "p", detail: "d"), 5, "the packed run x is damaged: p: d. Copy the file again"),
    (.checkpointMissing(path: "x"), 5, "there is no checkpoint x."),
    (.checkpointTruncated(path: "x", detail: "d"), 5, "the checkpoint x is cut off: d. Copy it again"),
    (.checkpointDamaged(path: "x", detail: "d"), 5, "x is not a readable checkpoint: d"),
    (
      .checkpointForeign(path: "x", found: "missing"), 5,
      "expected \"swerve-checkpoint-1\". Weights of other tools can't be read"
    ),
    (
      .checkpointDigest(path: "x", what: "weights", recorded: "a", found: "b"), 5,
      "its weights hash to b, the file says a"
    ),
    (.goldenMissing(path: "x"), 5, "`swerve bless RUN --reason TEXT`"),
    (.notAGolden(path: "x"), 5, "x:1: the first line is no golden header"),
    (.goldenTruncated(path: "x"), 5, "the golden file x is cut off"),
    (.goldenMath(path: "x", found: 1, expected: 2), 1, "recorded with math 1, this swerve computes math 2"),
    (.goldenWithoutScript(path: "x", script: "y"), 5, "belongs to the script y, which does not exist"),
    (.goldenOrphaned(path: "x", script: "y", expected: "z"), 5, "its script, y, would make z. Rename one of them"),
    (.goldenPending(path: "x", change: "y"), 1, "x is a change to y that nobody decided on. Accept or reject it"),
    (.noPendingChange(name: "x", known: ["y"]), 2, "there is no pending change x, only y. `swerve review --list`"),
    (.noPendingChange(name: "x", known: []), 2, "there is no pending change x, nor any other"),
    (
      .conflictMarks(path: "x", line: 4), 5,
      "x:4: here are git's conflict marks: a merge left two versions in this file. Keep"
    ),
    (.goldenStale(path: "x", file: "y"), 5, "the golden file x is stale: y was edited since, to the same bits."),
    (
      .goldenEdited(path: "x", detail: "d"), 1, "x was edited after it was recorded: d. Restore it from version control"
    ),
    (
      .goldenSettings(path: "x", detail: "d"), 1,
      "x was recorded with --set, and the script does not take that any more: d."
    ),
    (.reservedName(path: "x.new.lua", .pending), 2, "x.new.lua can have no golden: names that end in .new are"),
    (.reservedName(path: ".x.lua", .hidden), 2, "and `swerve test` runs none of them. Give the script another name"),
    (.emptyReason, 2, "add --reason TEXT"),
    (.ciNeverWrites(path: "x"), 2, "CI is set, so x is not written"),
    (.notBlessable(path: "x", status: "failed"), 5, "its status is failed, expected complete"),
    (.notComparable(path: "x"), 5, "x is neither a run folder nor a golden file"),
    (
      .replayDifference(difference), 1,
      "step 3 of stage s: loss: the record says 1.0 (0x3f800000), the re-execution gives null"
    ),
  ]

  @Test(arguments: 0..<all.count)
  func everyErrorHasItsSentenceAndExitCode(_ index: Int) {
    let (error, exitCode, text) = Self.all[index]
    #expect(error.exitCode == exitCode && error.description.contains(text), "\(error.description)")
  }
}
