import SwerveText

/// A problem with a run folder, a packed run, or their content.
package enum RecordError: UserFacingError, Equatable {
  case folderExists(path: String)
  case badSourcePath(String)
  /// A step would have two metrics of one name.
  case repeatedMetric(stage: String, step: Int, name: String)
  case locked(path: String)
  /// Another process has gone on with the run, on a file system that locks nothing; nil: it has ended it, too.
  case takenOver(path: String, by: String?)
  case sweepLocked(path: String)
  case nothingToResume(script: String, folder: String)
  case noRun(path: String)
  /// The name matches several runs, or it matches none but was probably meant as the name of a run.
  case runNotFound(name: String, folder: String, candidates: [String])
  case notARun(path: String)
  case notComparable(path: String)
  case manifestEdited(path: String, recorded: String, found: String)
  case wrongOrder(path: String, line: Int, found: String, expected: String)
  case chainBroken(path: String, ChainBreak)
  case inputsDiffer(path: String, field: String, recorded: String, found: String)
  /// A sweep's member whose folder contains a run with another script, option, limit or file.
  case otherMember(member: String, path: String, difference: String)
  /// A file that the sweep's members read is not what it was when the sweep began.
  case sweepEdited(path: String, file: String)
  case notASweep(path: String)
  case fileChanged(path: String, recorded: String, found: String)
  /// `part` is the part of a packed file that was changed after it was written.
  case packDamaged(path: String, part: String, detail: String)
  case replayDifference(ReplayDifference)

  package var message: String { parts.message }
  package var hint: String? { parts.hint }

  package var category: ErrorCategory {
    switch self {
    case .chainBroken, .inputsDiffer, .replayDifference: .difference
    case .locked, .takenOver, .sweepLocked: .busy
    case .folderExists, .badSourcePath, .repeatedMetric, .nothingToResume, .noRun, .runNotFound, .notARun,
      .notComparable, .manifestEdited, .wrongOrder, .otherMember, .sweepEdited, .notASweep, .fileChanged, .packDamaged:
      .data
    }
  }

  private var parts: (message: String, hint: String?) {
    switch self {
    case .folderExists(let path):
      (
        "the output folder \(path) exists already, and a run never writes into an old one",
        "remove it, give another --out, or leave --out away to get a new folder under runs/"
      )
    case .badSourcePath(let path):
      (
        "the script file \"\(path)\" cannot be copied into the run folder: a relative path without '..' was expected",
        nil
      )
    case .repeatedMetric(let stage, let step, let name):
      (
        "step \(step) of stage \(stage) has the metric \(name) twice, so nothing of it was recorded",
        "give one of both another name"
      )
    case .locked(let path): ("another process is writing the run \(path)", "wait until it ends, or stop it")
    case .takenOver(let path, let writer):
      (
        "the run \(path) was taken over by \(writer ?? "another process"), so this process writes nothing more into it",
        "it goes on there; what it writes is what this process would have written"
      )
    case .sweepLocked(let path): ("another process is running the sweep \(path)", "wait until it ends, or stop it")
    case .nothingToResume(let script, let folder):
      (
        "no run of \(script) with these options and this seed is in \(folder)",
        "start it without --resume, or give the run's folder in place of the script"
      )
    case .noRun(let path): ("there is no run folder \(path)", "`swerve list` shows what runs there are")
    case .runNotFound(let name, let folder, let candidates) where candidates.count == 1:
      (
        "there is no run '\(name)' in \(folder); did you mean '\(candidates[0])'? `swerve list` shows what runs there are",
        nil
      )
    case .runNotFound(let name, let folder, let candidates):
      (
        "\(candidates.count) runs in \(folder) are meant by '\(name)': \(candidates.prefix(5).joined(separator: ", "))"
          + (candidates.count > 5 ? ", ..." : ""),
        "give more of the name"
      )
    case .notARun(let path):
      ("\(path) is not a run folder: it has no manifest.json", "`swerve list` shows what runs there are")
    case .notComparable(let path):
      ("\(path) is neither a run folder nor a golden file (NAME.jsonl)", "`swerve list` shows what runs there are")
    case .manifestEdited(let path, let recorded, let found):
      (
        "\(path): the inputs were edited after the run: they hash to \(found), inputs_sha256 says \(recorded)",
        "restore the file, or run the script again"
      )
    case .wrongOrder(let path, let line, let found, let expected):
      (
        "\(path):\(line): found \(found), expected \(expected): a line is missing, moved or there twice",
        "restore the file, or run the script again"
      )
    case .chainBroken(let path, let chainBreak):
      ("\(path):\(chainBreak.line): \(chainBreak.text)", "`swerve replay` computes what was there")
    case .inputsDiffer(let path, let field, let recorded, let found):
      (
        "\(path): \(field) is not what it was when the run was recorded: recorded \(recorded), now \(found)",
        "restore it, or run the script again"
      )
    case .otherMember(let member, let path, let difference):
      (
        "the sweep's member \(member) is there already, made of other inputs: \(difference) than in \(path)",
        "give the sweep another --out, or restore what was changed"
      )
    case .sweepEdited(let path, let file):
      (
        "\(file) is not what it was when the sweep \(path) began, so its members would not belong together",
        "restore the file, or give the command of the sweep again, with another --out if members have run"
      )
    case .notASweep(let path):
      (
        "\(path) is not the folder of a sweep: it has no sweep.json",
        "give the Lua file with the options of the sweep, or the folder that `swerve sweep` printed"
      )
    case .fileChanged(let path, let recorded, let found):
      (
        "\(path) is not what the run wrote: recorded \(recorded), found \(found)",
        "restore the file from a copy, or run the script again"
      )
    case .packDamaged(let path, let part, let detail):
      ("the packed run \(path) is damaged: \(part): \(detail)", "copy the file again, or pack the run again")
    case .replayDifference(let difference): (difference.message, difference.hint)
    }
  }
}

/// The point from which a record does not agree with its own hashes.
package struct ChainBreak: Equatable, Sendable {
  /// The step whose line does not hash to the chain in it; nil if every line does, but the chain at the end differs.
  package let stage: String?
  package let step: Int?
  /// The line number in the file.
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
