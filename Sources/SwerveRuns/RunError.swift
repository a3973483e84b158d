/// Everything that can be wrong with runs, checkpoints and golden files: what was wrong, where, found, expected, and
/// what to do next. The sentences are in this file only.
package enum RunError: Error, Equatable, Sendable {
  /// Something that was asked for on the command line does not fit; the text is the whole sentence.
  case usage(String)
  // Files
  case file(operation: String, path: String, reason: String)
  case notJSON(path: String, JSONError)
  case conflictMarks(path: String, line: Int)
  case badField(path: String, line: Int?, field: String, found: String, expected: String)
  case formatVersion(path: String, what: String, found: Int, expected: Int)
  // Run folders
  case folderExists(path: String)
  case badSourcePath(String)
  /// A step would have two metrics of one name.
  case repeatedMetric(stage: String, step: Int, name: String)
  case locked(path: String)
  case sweepLocked(path: String)
  case nothingToResume(script: String, folder: String)
  case noRun(path: String)
  /// Several are meant by the name, or none and one was probably.
  case runNotFound(name: String, folder: String, candidates: [String])
  case notARun(path: String)
  case manifestEdited(path: String, recorded: String, found: String)
  case wrongOrder(path: String, line: Int, found: String, expected: String)
  case chainBroken(path: String, ChainBreak)
  case inputsDiffer(path: String, field: String, recorded: String, found: String)
  /// A sweep's member whose folder holds a run of another script, option, limit or file.
  case otherMember(member: String, path: String, difference: String)
  case fileChanged(path: String, recorded: String, found: String)
  /// `part` is what of a packed file is not as it was written.
  case packDamaged(path: String, part: String, detail: String)
  // Checkpoints
  /// - at: the line of the script that names it, as "file:line"; nil: the command line does.
  case checkpointMissing(path: String, at: String? = nil)
  case checkpointTruncated(path: String, detail: String)
  case checkpointDamaged(path: String, detail: String)
  case checkpointForeign(path: String, found: String)
  case checkpointDigest(path: String, what: String, recorded: String, found: String)
  // Golden files
  case goldenMissing(path: String)
  case notAGolden(path: String)
  case goldenTruncated(path: String)
  case goldenMath(path: String, found: Int, expected: Int)
  case goldenWithoutScript(path: String, script: String)
  case goldenOfAnotherScript(path: String, script: String, expected: String)
  case goldenOrphaned(path: String, script: String, expected: String)
  case goldenPending(path: String, change: String)
  case noPendingChange(name: String, known: [String])
  /// - file: the script, or a Lua file that it reads.
  case goldenStale(path: String, file: String)
  /// - detail: which line, as far as that is known.
  case goldenEdited(path: String, detail: String)
  /// A golden, transcript or script whose name means something else.
  case reservedName(path: String, ReservedName)
  /// Options that `--set` gave when the golden was recorded, and that the script does not take any more.
  case goldenSettings(path: String, detail: String)
  case emptyReason
  case ciNeverWrites(path: String)
  case notBlessable(path: String, status: String)
  case notComparable(path: String)
  // Differences
  case replayDifference(ReplayDifference)
  case processor(build: String, lacks: [String])

  /// What kind of failure it is, for the exit code.
  package enum Category: Sendable { case usage, data, difference }

  package var category: Category {
    switch self {
    case .usage, .emptyReason, .ciNeverWrites, .noPendingChange, .reservedName: .usage
    case .replayDifference, .chainBroken, .goldenMath, .goldenPending, .inputsDiffer, .goldenEdited, .goldenSettings:
      .difference
    default: .data
    }
  }

  /// 1 for a difference, 2 for wrong usage, 5 for bad or missing data.
  package var exitCode: Int32 {
    switch category {
    case .difference: 1
    case .usage: 2
    case .data: 5
    }
  }
}

extension RunError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .file, .notJSON, .conflictMarks, .badField, .formatVersion: fileSentence
    case .checkpointMissing, .checkpointTruncated, .checkpointDamaged, .checkpointForeign, .checkpointDigest:
      checkpointSentence
    case .goldenMissing, .notAGolden, .goldenTruncated, .goldenMath, .goldenWithoutScript, .goldenOfAnotherScript,
      .goldenOrphaned, .goldenPending, .goldenStale, .goldenEdited, .reservedName, .goldenSettings, .noPendingChange,
      .emptyReason, .ciNeverWrites, .notBlessable, .notComparable:
      goldenSentence
    case .processor(let build, let lacks):
      "this swerve was built for \(build), but this processor lacks \(lacks.joined(separator: ", ")); build it on this machine"
        + ", or with SWERVE_MARCH=x86-64-v3 (x86-64 on the oldest) in front of `make build`"
    case .usage(let text): text
    case .replayDifference(let difference): difference.text
    default: folderSentence
    }
  }

  private var fileSentence: String {
    switch self {
    case .file(let operation, let path, let reason): "cannot \(operation) \(path): \(reason)"
    case .notJSON(let path, let error):
      "\(path):\(error.line):\(error.column): this is not JSON: \(error.message). "
        + "The file was edited or cut off: restore it from version control, or record it again"
    case .conflictMarks(let path, let line):
      "\(path):\(line): here are git's conflict marks: a merge left two versions in this file. "
        + "Keep one of them: while the merge is open with `\(Shell.text(["git", "checkout", "--ours", Shell.path(path)]))` or "
        + "`\(Shell.text(["git", "checkout", "--theirs", Shell.path(path)]))`, after it by hand"
    case .badField(let path, let line, let field, let found, let expected):
      "\(path)\(line.map { ":\($0)" } ?? ""): field \"\(field)\": found \(found), expected \(expected)"
    case .formatVersion(let path, let what, let found, let expected):
      "\(path): found version \(found) of the \(what) format, this swerve reads version \(expected). "
        + (found > expected ? "Update swerve" : "Record it again with this swerve")
    default: ""
    }
  }

  private var folderSentence: String {
    switch self {
    case .folderExists(let path):
      "the output folder \(path) exists already, and a run never writes into an old one. "
        + "Remove it, give another --out, or leave --out away to get a new folder under runs/"
    case .badSourcePath(let path):
      "the script file \"\(path)\" cannot be copied into the run folder: a relative path without .. was expected"
    case .repeatedMetric(let stage, let step, let name):
      "step \(step) of stage \(stage) has the metric \(name) twice, so nothing of it was recorded. Give one of both another name"
    case .locked(let path):
      "another process is writing the run \(path). Wait until it ends, or stop it"
    case .sweepLocked(let path):
      "another process is running the sweep \(path). Wait until it ends, or stop it"
    case .nothingToResume(let script, let folder):
      "no run of \(script) with these options and this seed is in \(folder). "
        + "Start it without --resume, or give the run's folder in place of the script"
    case .noRun(let path): "there is no run folder \(path). `swerve list` shows what runs there are"
    case .runNotFound(let name, let folder, let candidates) where candidates.count == 1:
      "there is no run '\(name)' in \(folder); did you mean '\(candidates[0])'? `swerve list` shows what runs there are"
    case .runNotFound(let name, let folder, let candidates):
      "\(candidates.count) runs in \(folder) are meant by '\(name)': \(candidates.prefix(5).joined(separator: ", "))"
        + (candidates.count > 5 ? ", ..." : "") + ". Give more of the name"
    case .notARun(let path):
      "\(path) is not a run folder: it has no manifest.json. `swerve list` shows what runs there are"
    case .manifestEdited(let path, let recorded, let found):
      "\(path): the inputs were edited after the run: they hash to \(found), inputs_sha256 says \(recorded). "
        + "Restore the file, or run the script again"
    case .wrongOrder(let path, let line, let found, let expected):
      "\(path):\(line): found \(found), expected \(expected): a line is missing, moved or there twice. "
        + "Restore the file, or run the script again"
    case .chainBroken(let path, let chainBreak):
      "\(path):\(chainBreak.line): \(chainBreak.text). `swerve replay` computes what was there"
    case .inputsDiffer(let path, let field, let recorded, let found):
      "\(path): \(field) is not what it was when the run was recorded: recorded \(recorded), now \(found). "
        + "Restore it, or run the script again"
    case .otherMember(let member, let path, let difference):
      "the sweep's member \(member) is there already, made of other inputs: \(difference) than in \(path). "
        + "Give the sweep another --out, or restore what was changed"
    case .fileChanged(let path, let recorded, let found):
      "\(path) is not what the run wrote: recorded \(recorded), found \(found). "
        + "Restore the file from a copy, or run the script again"
    case .packDamaged(let path, let part, let detail):
      "the packed run \(path) is damaged: \(part): \(detail). Copy the file again, or pack the run again"
    default: ""
    }
  }

  private var checkpointSentence: String {
    switch self {
    case .checkpointMissing(let path, let line):
      (line.map { "\($0): " } ?? "") + "there is no checkpoint \(path). Check the path"
        + (line == nil ? ", " : " (seen from the script's folder), ") + "or run the script that writes it"
    case .checkpointTruncated(let path, let detail):
      "the checkpoint \(path) is cut off: \(detail). Copy it again, or run the script that writes it"
    case .checkpointDamaged(let path, let detail):
      "\(path) is not a readable checkpoint: \(detail). Copy it again, or run the script that writes it"
    case .checkpointForeign(let path, let found):
      "\(path) is not a checkpoint of swerve: its metadata field \"format\" is \(found), "
        + "expected \"\(CheckpointFile.format)\". Weights of other tools can't be read: give a checkpoint that a run wrote"
    case .checkpointDigest(let path, let what, let recorded, let found):
      "the checkpoint \(path) has a bad checksum: its \(what) hash to \(found), the file says \(recorded). "
        + "It was changed after it was written: copy it again, or run the script that writes it"
    default: ""
    }
  }

  private var goldenSentence: String {
    switch self {
    case .goldenMissing(let path):
      "there is no golden file \(path). `swerve run` the script, then `swerve bless RUN --reason TEXT`"
    case .notAGolden(let path):
      "\(path):1: the first line is no golden header: it has no field \"swerve_golden\". "
        + "Record it with `swerve bless RUN --reason TEXT`"
    case .goldenTruncated(let path):
      "the golden file \(path) is cut off: the last line, with \"result\" and \"chain\", is missing. "
        + "Restore it from version control"
    case .goldenMath(let path, let found, let expected):
      "\(path) was recorded with math \(found), this swerve computes math \(expected): the bits are not meant to "
        + "agree, so nothing was compared. CHANGELOG.md says what changed; "
        + "accept it with `swerve test --bless --reason TEXT`"
    case .goldenWithoutScript(let path, let script):
      "the golden file \(path) belongs to the script \(script), which does not exist. "
        + "Restore the script, or remove the golden with it"
    case .goldenOfAnotherScript(let path, let script, let expected):
      "the golden file \(path) belongs to the script \(script), not to \(expected): scripts of one project need "
        + "different file names. Rename one of them"
    case .goldenOrphaned(let path, let script, let expected):
      "no script makes the golden file \(path): its script, \(script), would make \(expected). "
        + "Rename one of them, or remove the golden"
    case .goldenPending(let path, let change):
      "\(path) is a change to \(change) that nobody decided on. Accept or reject it with `swerve review` and commit the result"
    case .noPendingChange(let name, let known):
      known.isEmpty
        ? "there is no pending change \(name), nor any other. `swerve test` finds changes"
        : "there is no pending change \(name), only \(known.joined(separator: ", ")). `swerve review --list` shows them"
    case .goldenStale(let path, let file):
      "the golden file \(path) is stale: \(file) was edited since, to the same bits. "
        + "`\(Shell.text(["swerve", "test", Shell.path(path), "--bless"])) --reason TEXT` records it for the text as it is now"
    case .goldenEdited(let path, let detail):
      "\(path) was edited after it was recorded: \(detail). "
        + "Restore it from version control, or record it anew with `swerve test --bless --reason TEXT`"
    case .reservedName(let path, let name):
      "\(path) can have no golden: \(name.sentence). Give the script another name"
    case .goldenSettings(let path, let detail):
      "\(path) was recorded with --set, and the script does not take that any more: \(detail). "
        + "`swerve run` the script as it is meant now, then `swerve bless RUN --reason TEXT`"
    case .emptyReason:
      "a golden is only replaced for a reason, and the reason given is empty: add --reason TEXT, "
        + "which goes into its header"
    case .ciNeverWrites(let path):
      "CI is set, so \(path) is not written: bless on your own machine and commit the file"
    case .notBlessable(let path, let status):
      "\(path) cannot become a golden: its status is \(status), expected complete. Run the script to its end"
    case .notComparable(let path):
      "\(path) is neither a run folder nor a golden file (NAME.jsonl). `swerve list` shows what runs there are"
    default: ""
    }
  }
}

/// Where a record stopped agreeing with its own hashes.
package struct ChainBreak: Equatable, Sendable {
  /// The step whose line does not hash to what it says; nil when every line does but the end is another one.
  package let stage: String?
  package let step: Int?
  /// The line in the file.
  package let line: Int

  package init(stage: String?, step: Int?, line: Int) {
    self.stage = stage
    self.step = step
    self.line = line
  }

  package var text: String {
    guard let stage, let step else {
      return "the hash chain does not end as was recorded: a line was edited, removed or added after it was written"
    }
    return "step \(step) of stage \(stage): the hash chain breaks here: the line was edited after it was written"
  }
}
