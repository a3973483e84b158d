import SwerveText

/// Finds the series that names on the command line stand for.
struct SeriesNames {
  /// A series minus another one, by their indices.
  struct Pair: Equatable {
    let a: Int
    let b: Int
  }

  private let series: [(label: String, parts: [String])]

  init(_ series: [(label: String, parts: [String])]) { self.series = series }

  /// The series of this label; else every series whose label has the name as a part, such as a stage's name or "alpha=5".
  /// - Parameter option: of the command line, for the error.
  /// - Throws: UsageError for a name that no series has.
  func find(_ name: String, option: String) throws -> [Int] {
    let found = matching(name)
    if !found.isEmpty { return found }
    let labels = series.map(\.label)
    let parts = series.flatMap(\.parts).distinct
    throw UsageError(
      "\(option) '\(name)': no series of this report has this name" + didYouMean(name, among: labels + parts),
      hint: "the series are \(labels.joined(separator: "; "))"
        + (parts.isEmpty ? "" : "; a part of a label is enough: \(parts.joined(separator: ", "))"))
  }

  private func matching(_ name: String) -> [Int] {
    if let index = series.firstIndex(where: { $0.label === name }) { return [index] }
    return series.indices.filter { series[$0].parts.containsExactly(name) }
  }

  /// Every other series minus the baseline. If the name stands for several series, each other series is compared with the
  /// one that has all its other parts in common with it: "alpha=5 prioritized" with "alpha=5 uniform", and not with
  /// "alpha=20 uniform".
  func pairs(baseline name: String) throws -> [Pair] {
    let baselines = try find(name, option: "--baseline")
    return series.indices.filter { !baselines.contains($0) }.compactMap { index in
      let partner =
        baselines.count == 1
        ? baselines[0]
        : baselines.first { base in
          series[base].parts.allSatisfy { $0 === name || series[index].parts.containsExactly($0) }
        }
      return partner.map { Pair(a: index, b: $0) }
    }
  }

  /// - Parameter texts: "all", or A:B,... for A minus B. If both names stand for several series, those are paired that have
  ///   all their other parts in common.
  /// - Throws: UsageError for a text without a colon, and for a name that no series has.
  func pairs(_ texts: [String]) throws -> [Pair] {
    try texts.flatMap { text -> [Pair] in
      if text === "all" {
        return series.indices.flatMap { a in series.indices.filter { $0 < a }.map { Pair(a: a, b: $0) } }
      }
      // A label may contain commas.
      if let pairs = try pairs(ofOne: text, isStrict: false) { return pairs }
      return try text.pieces(at: ",").flatMap { try pairs(ofOne: String($0), isStrict: true) ?? [] }
    }.reduce(into: []) { all, pair in
      if !all.contains(pair) { all.append(pair) }
    }
  }

  /// nil for a text that is not a pair, unless `isStrict` makes that an error. A label may contain colons.
  private func pairs(ofOne text: String, isStrict: Bool) throws -> [Pair]? {
    let pieces = text.pieces(at: ":", omittingEmpty: false)
    for cut in pieces.indices.dropFirst() {
      let names = (pieces[..<cut].joined(separator: ":"), pieces[cut...].joined(separator: ":"))
      let (a, b) = (matching(names.0), matching(names.1))
      if !a.isEmpty && !b.isEmpty { return pairs(a, b, names) }
    }
    guard isStrict else { return nil }
    guard pieces.count > 1 else {
      throw UsageError(
        "--pairs takes all, or pairs of names such as A:B between commas, got '\(text)'",
        hint: "the series are \(series.map(\.label).joined(separator: "; "))")
    }
    _ = try find(String(pieces[0]), option: "--pairs")
    _ = try find(pieces.dropFirst().joined(separator: ":"), option: "--pairs")
    return []
  }

  private func pairs(_ a: [Int], _ b: [Int], _ names: (String, String)) -> [Pair] {
    func others(_ index: Int, than name: String) -> [ExactString] {
      series[index].parts.filter { $0 !== name }.map { ExactString($0) }
    }
    return a.flatMap { x in
      b.filter { y in
        x != y && (a.count == 1 || b.count == 1 || others(x, than: names.0) == others(y, than: names.1))
      }.map { Pair(a: x, b: $0) }
    }
  }
}
