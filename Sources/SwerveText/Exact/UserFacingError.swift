/// An error that people read: what was wrong and what to do about it, each as a value of its own. Every error that can
/// reach the end of a command is one, so that the program prints it without knowing its type.
package protocol UserFacingError: Error, CustomStringConvertible {
  /// What was wrong and where: what was found, what was expected. One sentence without a full stop at its end.
  var message: String { get }
  /// What to do next, as the text after "hint: "; nil where there is nothing to say.
  var hint: String? { get }
  var category: ErrorCategory { get }
}

/// What kind of failure an error is. The number is the exit code.
package enum ErrorCategory: Int32, Sendable {
  /// Two things that should agree differ.
  case difference = 1
  /// The command line asks for something that does not fit.
  case usage = 2
  /// The script is wrong.
  case script = 3
  /// The script reached a limit.
  case limit = 4
  /// Data is missing, damaged or can't be used.
  case data = 5
  /// Another process is writing what this one wants to write. Nothing failed.
  case busy = 6
}

extension UserFacingError {
  package var hint: String? { nil }
  package var category: ErrorCategory { .data }
  package var exitCode: Int32 { category.rawValue }

  /// Message and hint as sentences of one text, for output that has no separate line for a hint.
  package var description: String {
    guard let hint else { return message }
    return message + ". " + hint.leading(1).uppercased() + String(hint.unicodeScalars.dropFirst())
  }
}

/// Something that was asked for does not fit.
package struct UsageError: UserFacingError, Equatable {
  @ExactString package var message: String
  package let hint: String?
  package var category: ErrorCategory { .usage }

  package init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}

/// An option of a command does not fit: by itself, or what the command found when it used it. The program adds the hint
/// that it has for wrong options.
package struct OptionError: UserFacingError {
  package let message: String
  package var category: ErrorCategory { .usage }

  package init(_ message: String) { self.message = message }
}
