import SwerveText

/// The names of the stages from which a user chooses one.
struct StageNames {
  private let names: [String]
  /// Whose stages they are: "run runs/a", "the script".
  private let owner: String
  /// What kind of stage is asked for: "stage of fine-tuning".
  private let kind: String

  init(_ names: [String], of owner: String, kind: String = "stage") {
    (self.names, self.owner, self.kind) = (names, owner, kind)
  }

  /// - Parameter name: nil: the last one.
  /// - Throws: UsageError for a name that is none of them.
  func find(_ name: String?) throws(UsageError) -> String {
    if let found = name ?? names.last, names.containsExactly(found) { return found }
    guard let name else { throw UsageError("\(owner) has no \(kind)") }
    throw UsageError(
      "\(owner) has no \(kind) '\(name)'\(didYouMean(name, among: names))",
      hint: names.isEmpty ? nil : "it has \(names.joined(separator: ", "))")
  }
}
