import LuaRuntime
import SwerveRL
import SwerveText

/// A line of a script.
package struct ScriptPlace: Equatable, Sendable, CustomStringConvertible {
  /// The `ScriptFile.path` of the script or module.
  package let file: String
  /// From 1; 0 means the file as a whole.
  package let line: Int

  package init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  package var description: String { line > 0 ? "\(file):\(line)" : file }
}

/// What is wrong with a script, or with what it did, in one sentence.
package struct ScriptError: UserFacingError, Equatable {
  package enum Kind: Equatable, Sendable {
    /// The script is wrong, or one of its hooks returned something that can't be used.
    case script
    /// A limit was reached, by its name in `LuaError.Kind`.
    case limit(String)
    /// A value from outside the script (`--set`) is wrong.
    case usage
    /// A file that the script names is missing, damaged or can't be used.
    case data
  }

  package var kind: Kind
  /// What was wrong, the value found and what was expected, without the place.
  package var message: String
  /// Where in the script, if that is known.
  package var place: ScriptPlace?
  /// What to do about it, if that is known.
  package var hint: String?
  /// The script's frames, innermost first, such as "examples/quick.lua:12: in function 'rule'".
  package var traceback: [String]

  package init(
    _ message: String, kind: Kind = .script, place: ScriptPlace? = nil, hint: String? = nil, traceback: [String] = []
  ) {
    self.kind = kind
    self.message = message
    self.place = place
    self.hint = hint
    self.traceback = traceback
  }
}

extension ScriptError {
  /// Converts an error from Lua: the message without its place, or the error that a host function threw, with its hint.
  package init(_ error: LuaError) {
    let sentence = error.line > 0 ? error.message.rest(after: "\(error.chunk):\(error.line): ") : nil
    let message = sentence ?? error.message
    self = (error.underlying as? ScriptError) ?? ScriptError(message)
    if case .limit(let name) = error.kind { kind = .limit(name) }
    traceback = error.traceback
    if place == nil, !error.chunk.isEmpty { place = ScriptPlace(file: error.chunk, line: error.line) }
  }
}

extension ScriptError: LocatableError {
  package func located(_ place: String) -> ScriptError {
    var error = self
    error.message += " (\(place))"
    return error
  }
}

extension ScriptError {
  package var category: ErrorCategory {
    switch kind {
    case .script: .script
    case .limit: .limit
    case .usage: .usage
    case .data: .data
    }
  }

  /// Place and message. If an error has no place, LuaRuntime puts the place of the call before the message.
  package var description: String { place.map { "\($0): \(message)" } ?? message }
}
