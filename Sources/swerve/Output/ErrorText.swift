import Glibc
import LuaRuntime
import SwerveFiles
import SwerveRecords
import SwerveScript
import SwerveText

/// The only code that formats errors: what was wrong and where, the next command to try, and the exit code.
struct ErrorText {
  let message: String
  let hint: String?
  /// Frames of the script, innermost first.
  let frames: [String]
  let exitCode: Int32
  /// The fields that --json adds: a located difference.
  private var details: [JSONMember] = []

  /// - Parameter arguments: the command line, for the hint after wrong usage.
  init(_ error: any Error, arguments: [String] = []) {
    var frames: [String] = []
    if let error = error as? any UserFacingError {
      message = (error as? ScriptError)?.description ?? error.message
      hint = error.hint ?? Self.hint(error, arguments)
      exitCode = error.exitCode
      frames = (error as? ScriptError)?.traceback ?? (error as? LuaError)?.traceback ?? []
      if case RecordError.replayDifference(let difference) = error {
        details = [JSONMember("difference", difference.json)]
      }
    } else {
      (message, hint) = ("\(error)", nil)
      exitCode = ErrorCategory.usage.rawValue
    }
    // A single frame is only the place that the message already has.
    self.frames = frames.count > 1 ? frames : []
  }

  /// Message, frames and hint as lines of a report about several things.
  func lines(_ head: String = "") -> String {
    "  \(head)\(message)\n" + frames.map { "  at \($0)\n" }.joined() + (hint.map { "  hint: \($0)\n" } ?? "")
  }

  /// Writes it (see the type) and returns the exit code.
  func report(asJSON: Bool) -> Int32 {
    if asJSON {
      let members: [JSONMember] = [
        JSONMember("error", .string(message)), JSONMember("hint", hint.map { .string($0) } ?? .null),
        JSONMember("exit_code", .integer(Int(exitCode))),
      ]
      Console.write(JSONValue.object(members + details).compact() + "\n")
      return exitCode
    }
    Console.note(Style.error.paint("swerve: error:") + " " + message.visible)
    for frame in frames { Console.note("  at \(frame.visible)") }
    if let hint { Console.note("  hint: \(hint.visible)") }
    return exitCode
  }

  // MARK: Options that help

  /// A hint about an option of the command line that can help. The error itself does not know these options.
  private static func hint(_ error: any UserFacingError, _ arguments: [String]) -> String? {
    switch error {
    case let error as ScriptError: hint(error.kind)
    case let error as LuaError: hint(error)
    case FileError.system(let operation, let path, let code):
      shortage(code) ?? hint(operation, path, arguments)
    case FileError.refused(let operation, let path, _): hint(operation, path, arguments)
    default: nil
    }
  }

  private static func hint(_ kind: ScriptError.Kind) -> String? {
    switch kind {
    case .limit(let name): hint(limit: name)
    case .script, .data: nil
    case .usage: "`swerve check SCRIPT` shows a script's options"
    }
  }

  private static func hint(_ error: LuaError) -> String? {
    if case .limit(let name) = error.kind { return hint(limit: name) }
    return error.underlying == nil ? LuaErrorHint.forMessage(error.message) : nil
  }

  private static func hint(limit name: String) -> String? {
    switch name {
    case "stopped": nil
    case "seconds": "--seconds N raises it; it holds for loading and for each call of a hook"
    case "nesting": "no option raises it: a loop in place of the recursion, or functions with fewer locals"
    default: "--limit \(name)=NUMBER raises it; limits hold for loading and for each call of a hook"
    }
  }

  private static func hint(_ operation: FileOperation, _ path: String, _ arguments: [String]) -> String? {
    switch operation.effect {
    case .none: nil
    case .content where arguments.containsExactly(path):
      "give the path of a file in a folder that is there and writable"
    case .content, .entry: "choose another folder with --out or --runs, or make this one writable"
    }
  }

  /// A hint for an error of exhausted resources; nil for other errno codes.
  private static func shortage(_ code: Int32) -> String? {
    switch code {
    case ENOSPC: "the disk is full: free some space; a run that was under way goes on with --resume"
    case EDQUOT: "your share of the disk is full: free some space; a run that was under way goes on with --resume"
    case EFBIG: "files may not grow that large here: `ulimit -f unlimited` lifts the limit of a shell"
    case EMFILE: "a process may open too few files here: `ulimit -n 1024` raises the limit of a shell"
    case ENFILE: "too many files are open on this machine: end other programs, then try again"
    default: nil
    }
  }
}

/// An error that only the program itself can find.
struct CLIError: UserFacingError {
  let message: String
  let hint: String?
}
