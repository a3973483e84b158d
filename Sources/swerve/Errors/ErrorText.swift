import ArgumentParser
import Glibc
import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveRuns
import SwerveScript
import SwerveTensor
import SwerveText

/// The only place that says how an error looks: what was wrong and where, the next command to try, and the exit code.
struct ErrorText {
  let message: String
  let hint: String?
  /// Frames of the script, innermost first.
  let frames: [String]
  let exitCode: Int32
  /// What --json adds: a located difference.
  private var details: [JSONMember] = []

  /// - Parameter arguments: the command line, for the hint after wrong usage.
  init(_ error: any Error, arguments: [String] = []) {
    var frames: [String] = []
    var details: [JSONMember] = []
    switch error {
    case let error as ScriptError:
      message = error.description
      hint = error.hint ?? Self.hint(error.kind)
      exitCode = Self.exitCode(error.kind)
      frames = error.traceback
    case let error as LuaError:
      message = error.message
      if case .limit(let name) = error.kind {
        hint = Self.hint(.limit(name))
        exitCode = 4
      } else {
        hint = error.underlying == nil ? Advice.forMessage(error.message) : nil
        exitCode = 3
      }
      frames = error.traceback
    case let error as IsolatedProcess.Failure:
      (message, hint, exitCode) = (error.message, error.hint, error.exitCode)
    case let error as RunError:
      (message, hint) = Self.parts(error, arguments)
      exitCode = error.exitCode
      if case .replayDifference(let difference) = error { details.append(JSONMember("difference", difference.json)) }
    case is TrainingError, is ModelError, is TaskError, is SafetensorsError, is TokenizerError, is TensorError,
      is CLIError:
      message = "\(error)"
      hint = (error as? CLIError)?.hint
      exitCode = 5
    default:
      (message, hint) = Self.usage(error, arguments)
      exitCode = 2
    }
    // One frame is the place that the message names already.
    self.frames = frames.count > 1 ? frames : []
    self.details = details
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

  // MARK: Scripts

  private static func exitCode(_ kind: ScriptError.Kind) -> Int32 {
    switch kind {
    case .script: 3
    case .limit: 4
    case .usage: 2
    }
  }

  private static func hint(_ kind: ScriptError.Kind) -> String? {
    switch kind {
    case .limit("stopped"): nil
    case .limit("seconds"): "--seconds N raises it; it holds for loading and for each call of a hook"
    case .limit("nesting"): "no option raises it: a loop in place of the recursion, or functions with fewer locals"
    case .limit(let name):
      "--limit \(name)=NUMBER raises it; limits hold for loading and for each call of a hook"
    case .script: nil
    case .usage: "`swerve check SCRIPT` shows a script's options"
    }
  }

  // MARK: Runs, checkpoints and goldens

  /// The sentences of RunError end with one that says what to do next, where there is something to do.
  private static func parts(_ error: RunError, _ arguments: [String]) -> (String, String?) {
    let text = error.description
    switch error {
    case .file("read the script", let path, _):
      let other = path + ".lua"
      let wanted = "give the path of a Lua file" + (arguments.first == "lua" ? "" : " that returns a stage")
      return (text, POSIXFile.kind(other) == .file ? "did you mean \(other)?" : wanted)
    case .file(_, _, let reason) where shortage(reason) != nil: return (text, shortage(reason))
    case .file("write", let path, _) where arguments.containsExactly(path):
      return (text, "give the path of a file in a folder that is there and writable")
    case .file(let operation, _, _):
      let writes = ["write", "create"].contains { operation.beginsExactly(with: $0) }
      return (text, writes ? "choose another folder with --out or --runs, or make this one writable" : nil)
    case .badField: return (text, "restore the file from version control, or record it again")
    case .replayDifference(let difference) where difference.chainBreak != nil:
      return (text, "restore the file from a copy, or run the script again")
    case .emptyReason: return ("a golden is only replaced for a reason", "add --reason TEXT; it goes into its header")
    default:
      let scalars = Array(text.unicodeScalars)
      guard let end = scalars.indices.last(where: { scalars[$0...].starts(with: ". ".unicodeScalars) }) else {
        return (text, nil)
      }
      func part(_ scalars: ArraySlice<Unicode.Scalar>) -> String { String(String.UnicodeScalarView(scalars)) }
      return (part(scalars[..<end]), uncapitalized(part(scalars[(end + 2)...])))
    }
  }

  /// What to do where the system has no more of something, by the system's own words; nil for other reasons.
  private static func shortage(_ reason: String) -> String? {
    let hints = [
      (ENOSPC, "the disk is full: free some space; a run that was under way goes on with --resume"),
      (EDQUOT, "your share of the disk is full: free some space; a run that was under way goes on with --resume"),
      (EFBIG, "files may not grow that large here: `ulimit -f unlimited` lifts the limit of a shell"),
      (EMFILE, "a process may open too few files here: `ulimit -n 1024` raises the limit of a shell"),
      (ENFILE, "too many files are open on this machine: end other programs, then try again"),
    ]
    return hints.first { String(cString: strerror($0.0)) === reason }?.1
  }

  /// "Restore the file" as it goes on after "hint: "; names in capitals stay.
  private static func uncapitalized(_ sentence: String) -> String {
    let scalars = sentence.unicodeScalars
    guard let second = scalars.dropFirst().first, second.properties.isLowercase else { return sentence }
    return String(scalars.prefix(1)).lowercased() + String(scalars.dropFirst())
  }

  // MARK: Usage

  private static func usage(_ error: any Error, _ arguments: [String]) -> (String, String?) {
    let known = Swerve.configuration.subcommands.map { $0._commandName }
    guard let first = arguments.first(where: { !$0.beginsExactly(with: "-") }) else {
      return (Swerve.message(for: error), "`swerve --help` lists the commands")
    }
    guard known.containsExactly(first) else {
      return ("unknown command '\(first)'" + didYouMean(first, among: known), "`swerve --help` lists the commands")
    }
    return (Swerve.message(for: error), "`swerve \(first) --help` shows its options and an example")
  }
}

/// What only the program itself can find wrong.
struct CLIError: Error, CustomStringConvertible {
  let description: String
  let hint: String?
}
