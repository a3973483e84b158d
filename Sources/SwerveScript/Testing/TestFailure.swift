/// A value that was not what a test expected.
package struct TestFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where the test says what it expects.
  package let place: ScriptPlace?
  /// Which part of a value, or in which unit it is off; may be empty.
  package let what: String
  package let expected: String
  package let found: String

  package var description: String {
    (place.map { "\($0): " } ?? "") + (what.isEmpty ? "" : "\(what): ") + "expected \(expected), found \(found)"
  }
}
