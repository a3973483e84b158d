import SwerveText

/// A failure of a script, with its location in the script.
package struct LuaError: UserFacingError {
  /// What stopped the script.
  package enum Kind: Equatable, Sendable {
    /// The text is not Lua.
    case syntax
    /// An error that the script, a library function or a host function raised.
    case runtime
    /// A limit was reached; the name is one of `LuaLimits.names`, "nesting", "seconds" or "stopped". The state is
    /// ended.
    case limit(String)
  }

  package let kind: Kind
  /// Starts with "chunk:line: " where a line is known. Has no traceback.
  package let message: String
  /// The chunk name of `line`, or "" when unknown.
  package let chunk: String
  /// From 1; 0 when unknown.
  package let line: Int
  /// The script's frames, innermost first, for example "examples/quick.lua:12: in function 'rule'".
  package let traceback: [String]
  /// The Swift error that a host function threw, if this error reached the top.
  package let underlying: (any Error)?

  package init(
    kind: Kind, message: String, chunk: String = "", line: Int = 0, traceback: [String] = [],
    underlying: (any Error)? = nil
  ) {
    self.kind = kind
    self.message = message
    self.chunk = chunk
    self.line = line
    self.traceback = traceback
    self.underlying = underlying
  }
}

extension LuaError {
  package var category: ErrorCategory {
    switch kind {
    case .syntax, .runtime: .script
    case .limit: .limit
    }
  }
}

extension LuaError {
  /// Whether more lines could complete this text. Only the message tells this; Lua's own prompt reads the message, too.
  package var isIncomplete: Bool { kind == .syntax && message.endsExactly(with: "near <eof>") }

  /// The same error without the frames of some chunks, for readers who did not write these chunks.
  package func withoutFrames(startingWith prefix: String) -> LuaError {
    LuaError(
      kind: kind, message: message, chunk: chunk, line: line,
      traceback: traceback.filter { !$0.beginsExactly(with: prefix) },
      underlying: underlying)
  }
}
