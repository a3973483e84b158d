import SwerveFiles
import SwerveText

/// Steps of one stage for which a thinned golden keeps only a digest, compared with the other side.
struct ComparedGap {
  enum Verdict {
    case same
    /// The chain after the gap, on side a and on side b. The line after the gap does not contribute to the difference.
    case different(a: String, b: String)
    /// The other side has lines for none or only some of the steps.
    case unknown
  }

  let stage: String
  let steps: ClosedRange<Int>
  let verdict: Verdict

  var text: String { ComparedItem.text(steps) }

  /// The gaps of both sides, each once.
  static func all(_ a: RecordedSteps, _ b: RecordedSteps) -> [ComparedGap] {
    let gapsOfA = a.gaps.map { a.location($0) }
    return gapsOfA.map { ComparedGap($0, verdict: verdict($0, of: a, in: b, isA: true)) }
      + b.gaps.map { b.location($0) }.filter { location in
        !gapsOfA.contains { $0.stage === location.stage && $0.steps == location.steps }
      }.map { ComparedGap($0, verdict: verdict($0, of: b, in: a, isA: false)) }
  }

  private init(_ location: RecordedSteps.GapLocation, verdict: Verdict) {
    stage = location.stage
    steps = location.steps
    self.verdict = verdict
  }

  private static func verdict(
    _ location: RecordedSteps.GapLocation, of side: RecordedSteps, in other: RecordedSteps, isA: Bool
  ) -> Verdict {
    func result(_ mine: String, _ theirs: String) -> Verdict {
      mine === theirs ? .same : isA ? .different(a: mine, b: theirs) : .different(a: theirs, b: mine)
    }
    let lines = other.steps.filter { $0.stage === location.stage && location.steps.contains($0.step) }
    if lines.count == location.steps.count {
      var chain = HashChain(value: location.gap.before)
      for line in lines { chain.extend(with: line.json.compact()) }
      chain.extend(with: side.steps[location.gap.index].json.compact())
      if chain.value === location.gap.after { return .same }
      // If a line next to the gap was edited, the chain can still show that the steps in the gap are those of the other
      // side.
      let segment = side.segments(writtenChain: side.chain).first { $0.lines.upperBound == location.gap.index + 1 }
      if let segment, side.written(segment, by: other) != nil { return .same }
      return result(location.gap.after, chain.value)
    }
    // Two thinned goldens can be compared by their chains only if the chains agree before the gap and the lines after
    // it are equal.
    let same = other.gaps.map { other.location($0) }.first { $0.stage === location.stage && $0.steps == location.steps }
    guard let same, same.gap.before === location.gap.before,
      other.steps[same.gap.index] == side.steps[location.gap.index]
    else { return .unknown }
    return result(location.gap.after, same.gap.after)
  }
}

extension RecordedSteps {
  struct GapLocation {
    let stage: String
    let steps: ClosedRange<Int>
    let gap: StepGap
  }

  func location(_ gap: StepGap) -> GapLocation {
    let next = steps[gap.index]
    return GapLocation(stage: next.stage, steps: steps[gap.index - 1].step + 1...next.step - 1, gap: gap)
  }
}
