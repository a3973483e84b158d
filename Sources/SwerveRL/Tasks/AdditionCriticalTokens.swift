// Critical tokens: in scratchpad lines 1 to 3, for an operand that is g > 0 digits longer than comfort, the last 2g
// characters of its digit list, that is the commas and digits that a model used to comfort would leave out.

extension AdditionProblem {
  /// Scratchpad lines that are looked at.
  private static let criticalSteps = 3
  private static let commas = "comma"
  private static let digits = "digit"

  /// Commas and digits of each of these lines.
  static let criticalGroups = (0..<criticalSteps).flatMap { step in
    [commas, digits].map { criticalGroup(step: step, kind: $0) }
  }

  /// - Parameter step: from 0.
  private static func criticalGroup(step: Int, kind: String) -> String { "step_\(step + 1)/\(kind)" }

  /// The critical tokens of the right solution, in order of offset from its start (the newline after the prompt).
  package var criticalTokens: [CriticalToken] { criticalTokens(generated: scratchpad) }

  /// Where a generated text lets the probability of a critical token be read: positions whose operand list is right up to
  /// there, whatever was generated at the position itself and whatever else the text has wrong.
  ///
  /// Scratchpad line k is the k-th line after the first line that is `<scratch>`, as long as the lines start with `[`.
  /// The second operand's list starts after the first `] + ` of its line. A position past the text's end has no
  /// probability, so it isn't listed.
  package func criticalTokens(generated: String) -> [CriticalToken] {
    let text = Array(generated.unicodeScalars)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.elementsEqual(AdditionMarks.scratchStart.unicodeScalars) }) else {
      return []
    }
    var found: [CriticalToken] = []
    for (step, line) in lines[(start + 1)...].prefix(min(Self.criticalSteps, steps)).enumerated() {
      guard line.first == "[" else { break }
      found += probes(operand: 1, step: step, shown: line)
      if let second = Self.secondList(line) { found += probes(operand: 2, step: step, shown: line[second...]) }
    }
    return found.filter { $0.offset < text.count }
  }

  /// Where a line's second list starts: after the first `]`, which must be followed by ` + `.
  private static func secondList(_ line: ArraySlice<Unicode.Scalar>) -> Int? {
    guard let close = line.firstIndex(of: "]") else { return nil }
    let rest = line[(close + 1)...]
    return rest.starts(with: " + ".unicodeScalars) ? close + 4 : nil
  }

  /// The probes of one operand's list.
  /// - Parameters:
  ///   - step: from 0.
  ///   - shown: the generated line from where the list starts.
  private func probes(operand: Int, step: Int, shown: ArraySlice<Unicode.Scalar>) -> [CriticalToken] {
    let right = Array(list(operand: operand, step: step).unicodeScalars)
    let beyond = max(length(operand: operand) - comfort, 0)
    let agreeing = zip(right, shown).prefix { $0 == $1 }.count
    // Without the brackets: 1..<close.
    let close = right.count - 1
    let first = max(close - 2 * beyond, 1)
    guard first < close else { return [] }
    return (first..<close).prefix { $0 <= agreeing }.map { index in
      let kind = right[index] == "," ? Self.commas : Self.digits
      let extra = beyond - (close - 1 - index) / 2
      return CriticalToken(
        offset: shown.startIndex + index, character: right[index], group: Self.criticalGroup(step: step, kind: kind),
        name: "step_\(step + 1)/operand_\(operand)/n+\(extra)_\(kind)")
    }
  }
}
