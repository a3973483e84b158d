import SwerveText

extension ToleranceTable {
  /// Bounds as a command line gives them: `X` for every metric, `GLOB=X` for those whose names match; the first glob that
  /// matches counts, and what stands without a glob comes last.
  /// - Throws: RunError.usage for a bound that is no number from 0, and for an empty glob.
  package init(abs: [String], rel: [String], ulp: [String]) throws {
    var patterns: [String] = []
    var bounds: [(abs: Double?, rel: Double?, ulp: Int?)] = []
    func place(_ pattern: String) -> Int {
      if let place = patterns.firstIndex(ofExactly: pattern) { return place }
      patterns.append(pattern)
      bounds.append((nil, nil, nil))
      return patterns.count - 1
    }
    for text in abs {
      let (glob, number) = try Self.bound(text, "--abs", Double.init)
      bounds[place(glob)].abs = number
    }
    for text in rel {
      let (glob, number) = try Self.bound(text, "--rel", Double.init)
      bounds[place(glob)].rel = number
    }
    for text in ulp {
      let (glob, number) = try Self.bound(text, "--ulp") { Int($0).map(Double.init) }
      bounds[place(glob)].ulp = Int(number)
    }
    let entries = zip(patterns, bounds).map { pattern, bound in
      Entry(glob: Glob(pattern), tolerance: Tolerance(abs: bound.abs, rel: bound.rel, ulp: bound.ulp))
    }
    self.init(entries.filter { $0.glob.pattern != "*" } + entries.filter { $0.glob.pattern == "*" })
  }

  private static func bound(
    _ text: String, _ option: String, _ number: (String) -> Double?
  ) throws -> (glob: String, number: Double) {
    let parts = text.pieces(at: "=", omittingEmpty: false)
    let glob = parts.count == 1 ? "*" : parts.dropLast().joined(separator: "=")
    let value = parts[parts.count - 1]
    guard let number = number(value), number >= 0, number.isFinite else {
      let kind = option == "--ulp" ? "a whole number from 0" : "a finite number from 0"
      throw RunError.usage("\(option) must be \(kind), or GLOB=NUMBER, got \"\(text)\"")
    }
    if glob.isEmpty { throw RunError.usage("\(option) has no metric in front of '=': \"\(text)\"") }
    return (glob, number)
  }
}
