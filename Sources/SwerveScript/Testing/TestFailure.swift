/// A value that is not what a test expected.
package struct TestFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The place of the expectation in the test.
  package let place: ScriptPlace?
  /// Which part of a value differs, or in which unit; may be empty.
  package let what: String
  package let expected: String
  package let found: String

  package var description: String {
    (place.map { "\($0): " } ?? "") + (what.isEmpty ? "" : "\(what): ") + "expected \(expected), found \(found)"
  }
}
