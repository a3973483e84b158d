import SwerveText

/// Why a golden or a transcript can't have a name. `test` would never run it, or `review` would treat it as the pending
/// change of another one.
package enum ReservedName: Equatable, Sendable {
  /// NAME.new.jsonl and NAME.new.txt are pending changes, which wait for a decision.
  case pending
  /// Names that start with a dot.
  case hidden

  /// - Parameter name: the name without its ending.
  init?(_ name: String) {
    if name.isEmpty || name.beginsExactly(with: ".") {
      self = .hidden
    } else if name.endsExactly(with: ".new") {
      self = .pending
    } else {
      return nil
    }
  }

  /// - Parameter path: the path of the file that would get a golden or a transcript of this name.
  /// - Throws: GoldenError.reservedName.
  package static func refuse(_ name: String, path: String) throws {
    if let reserved = ReservedName(name) { throw GoldenError.reservedName(path: path, reserved) }
  }

  var sentence: String {
    switch self {
    case .pending:
      "names that end in .new are those of changes that wait for a decision, which `swerve review` may remove"
    case .hidden: "names that start with a dot are hidden, and `swerve test` runs none of them"
    }
  }
}
