import SwerveRL

extension JSONLine {
  /// An object of exact numbers, where null stands for a metric that had nothing to measure.
  func metrics(_ name: String) throws -> [Metric] {
    try members(name).map { member in
      if member.value == .null { return Metric(member.key, nil) }
      guard let value = member.value.float else {
        let expected = "a number of Float's range, null, \"nan\", \"inf\" or \"-inf\""
        throw bad("\(name).\(member.key)", found: Self.shown(member.value), expected: expected)
      }
      return Metric(member.key, value)
    }
  }
}
