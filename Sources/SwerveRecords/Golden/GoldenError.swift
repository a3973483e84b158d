import SwerveFiles
import SwerveText

/// What is wrong with a golden file or a transcript, or with replacing one.
package enum GoldenError: UserFacingError, Equatable {
  case missing(path: String)
  case notAGolden(path: String)
  case truncated(path: String)
  case otherMath(path: String, found: Int, expected: Int)
  case withoutScript(path: String, script: String)
  case ofAnotherScript(path: String, script: String, expected: String)
  case orphaned(path: String, script: String, expected: String)
  case pending(path: String, change: String)
  case noPendingChange(name: String, known: [String])
  /// - file: the script, or a Lua file that it reads.
  case stale(path: String, file: String)
  /// - detail: which line, as far as that is known.
  case edited(path: String, detail: String)
  /// A golden, transcript or script whose name is reserved for something else.
  case reservedName(path: String, ReservedName)
  /// Options that `--set` gave when the golden was recorded, but that the script no longer has.
  case settings(path: String, detail: String)
  case emptyReason
  case ciNeverWrites(path: String)
  case notBlessable(path: String, state: RunState)

  package var message: String { parts.message }
  package var hint: String? { parts.hint }

  package var category: ErrorCategory {
    switch self {
    case .noPendingChange, .reservedName, .emptyReason, .ciNeverWrites: .usage
    case .otherMath, .pending, .edited, .settings: .difference
    case .missing, .notAGolden, .truncated, .withoutScript, .ofAnotherScript, .orphaned, .stale, .notBlessable: .data
    }
  }

  private var parts: (message: String, hint: String?) {
    switch self {
    case .missing(let path):
      ("there is no golden file \(path)", "`swerve run` the script, then `swerve bless RUN --reason TEXT`")
    case .notAGolden(let path):
      (
        "\(path):1: the first line is no golden header: it has no field \"swerve_golden\"",
        "record it with `swerve bless RUN --reason TEXT`"
      )
    case .truncated(let path):
      (
        "the golden file \(path) is cut off: the last line, with \"result\" and \"chain\", is missing",
        "restore it from version control"
      )
    case .otherMath(let path, let found, let expected):
      (
        "\(path) was recorded with math \(found), this swerve computes math \(expected): the bits are not meant to "
          + "agree, so nothing was compared",
        "CHANGELOG.md says what changed; accept it with `swerve test --bless --reason TEXT`"
      )
    case .withoutScript(let path, let script):
      (
        "the golden file \(path) belongs to the script \(script), which does not exist",
        "restore the script, or remove the golden with it"
      )
    case .ofAnotherScript(let path, let script, let expected):
      (
        "the golden file \(path) belongs to the script \(script), not to \(expected): scripts of one project need "
          + "different file names",
        "rename one of them"
      )
    case .orphaned(let path, let script, let expected):
      (
        "no script makes the golden file \(path): its script, \(script), would make \(expected)",
        "rename one of them, or remove the golden"
      )
    case .pending(let path, let change):
      (
        "\(path) is a change to \(change) that nobody decided on",
        "accept or reject it with `swerve review` and commit the result"
      )
    case .noPendingChange(let name, let known):
      known.isEmpty
        ? ("there is no pending change \(name), nor any other", "`swerve test` finds changes")
        : (
          "there is no pending change \(name), only \(known.joined(separator: ", "))",
          "`swerve review --list` shows them"
        )
    case .stale(let path, let file):
      (
        "the golden file \(path) is stale: \(file) was edited since, to the same bits",
        "`\(Shell.text(["swerve", "test", Shell.path(path), "--bless"])) --reason TEXT` records it for the text as it is now"
      )
    case .edited(let path, let detail):
      (
        "\(path) was edited after it was recorded: \(detail)",
        "restore it from version control, or record it anew with `swerve test --bless --reason TEXT`"
      )
    case .reservedName(let path, let name):
      ("\(path) can have no golden: \(name.sentence)", "give the script another name")
    case .settings(let path, let detail):
      (
        "\(path) was recorded with --set, and the script does not take that any more: \(detail)",
        "`swerve run` the script as it is meant now, then `swerve bless RUN --reason TEXT`"
      )
    case .emptyReason: ("a golden is only replaced for a reason", "add --reason TEXT; it goes into its header")
    case .ciNeverWrites(let path):
      ("CI is set, so \(path) is not written: bless on your own machine and commit the file", nil)
    case .notBlessable(let path, let state):
      (
        "\(path) cannot become a golden: its status is \(state.rawValue), expected complete",
        "run the script to its end"
      )
    }
  }
}
