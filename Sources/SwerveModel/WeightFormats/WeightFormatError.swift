import SwerveText

/// A model's file that can't be read as asked: which file, what in it, what was found, what was expected.
package struct WeightFormatError: UserFacingError, Equatable {
  package enum Kind: Sendable, CaseIterable {
    /// The file looks as if its end were missing.
    case cutOff
    /// The file does not follow its format.
    case malformed
    /// Something that must be there is not.
    case missing
    /// Two statements of the files disagree.
    case contradictory
    /// The files may be right, but ask for something that this program does not compute.
    case unsupported
  }

  package let kind: Kind
  package let file: String
  /// The key, tensor or part that the error is about; nil for the whole file.
  package let subject: String?
  package let found: String
  package let expected: String
  package let hint: String?

  /// Texts of a file are of any length in a damaged one, so each part is cut where it is longer than a message should be.
  init(_ kind: Kind, _ file: String, _ subject: String? = nil, found: String, expected: String, hint: String? = nil) {
    func cut(_ text: String) -> String { text.excerpt(500, ifOver: 1000) }
    self.kind = kind
    self.file = cut(file)
    self.subject = subject.map(cut)
    self.found = cut(found)
    self.expected = cut(expected)
    self.hint = hint
  }

  package var message: String {
    "\(file): \(subject.map { $0 + ": " } ?? "")found \(found), expected \(expected)"
  }
}

/// A text of a file as an error shows it: quoted, and its first letters only, because a damaged file has texts of any
/// length.
func shown(_ text: String) -> String {
  let start = text.leading(80)
  return start.utf8.count == text.utf8.count ? text.debugDescription : "\(start.debugDescription)..."
}
