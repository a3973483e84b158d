import SwerveFiles
import SwerveText

extension ToleranceTable {
  /// Parses the bounds of a command line: `X` for every metric, `GLOB=X` for the metrics whose names match. Bounds with
  /// the same glob belong together. The first glob that matches a metric counts. Globs of `abs` come before those of
  /// `rel` and `ulp`; bounds without a glob come last.
  /// - Throws: UsageError for a bound that is not a number of at least 0, for an empty glob, and for a glob with two
  ///   bounds of the same kind.
  package init(abs: [String], rel: [String], ulp: [String]) throws {
    var patterns: [String] = []
    var bounds: [(abs: Double?, rel: Double?, ulp: Int?)] = []
    func index(of pattern: String) -> Int {
      if let index = patterns.firstIndex(ofExactly: pattern) { return index }
      patterns.append(pattern)
      bounds.append((nil, nil, nil))
      return patterns.count - 1
    }
    for (glob, number) in try Self.bounds(abs, "--abs", Double.init) { bounds[index(of: glob)].abs = number }
    for (glob, number) in try Self.bounds(rel, "--rel", Double.init) { bounds[index(of: glob)].rel = number }
    for (glob, number) in try Self.bounds(ulp, "--ulp", { Int($0).map(Double.init) }) {
      bounds[index(of: glob)].ulp = Int(number)
    }
    let entries = zip(patterns, bounds).map { pattern, bound in
      Entry(glob: Glob(pattern), tolerance: Tolerance(abs: bound.abs, rel: bound.rel, ulp: bound.ulp))
    }
    self.init(entries.filter { $0.glob.pattern != "*" } + entries.filter { $0.glob.pattern == "*" })
  }

  private static func bounds(
    _ texts: [String], _ option: String, _ number: (String) -> Double?
  ) throws -> [(glob: String, number: Double)] {
    let bounds = try texts.map { try bound($0, option, number) }
    let names = bounds.map { $0.glob === "*" ? "every metric" : "'\($0.glob)'" }
    if let twice = names.firstRepetition {
      throw UsageError(
        "\(option) has two bounds for \(names[twice.second]): \(texts[twice.first]) and \(texts[twice.second])")
    }
    return bounds
  }

  private static func bound(
    _ text: String, _ option: String, _ number: (String) -> Double?
  ) throws -> (glob: String, number: Double) {
    let parts = text.pieces(at: "=", omittingEmpty: false)
    let glob = parts.count == 1 ? "*" : parts.dropLast().joined(separator: "=")
    let value = parts[parts.count - 1]
    guard let number = number(value), number >= 0, number.isFinite else {
      let kind = option == "--ulp" ? "a whole number from 0" : "a finite number from 0"
      throw UsageError("\(option) must be \(kind), or GLOB=NUMBER, got \"\(text)\"")
    }
    if glob.isEmpty { throw UsageError("\(option) has no metric in front of '=': \"\(text)\"") }
    return (glob, number)
  }
}
