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

  var text: String {
    steps.count == 1 ? "step \(steps.lowerBound)" : "steps \(steps.lowerBound) to \(steps.upperBound)"
  }

  /// The gaps of both sides, each once.
  static func all(_ a: RecordedSteps, _ b: RecordedSteps) -> [ComparedGap] {
    let gapsOfA = a.gaps.map { a.place($0) }
    return gapsOfA.map { ComparedGap($0, verdict: verdict($0, of: a, in: b, isA: true)) }
      + b.gaps.map { b.place($0) }.filter { place in
        !gapsOfA.contains { $0.stage === place.stage && $0.steps == place.steps }
      }.map { ComparedGap($0, verdict: verdict($0, of: b, in: a, isA: false)) }
  }

  private init(_ place: RecordedSteps.GapPlace, verdict: Verdict) {
    stage = place.stage
    steps = place.steps
    self.verdict = verdict
  }

  private static func verdict(
    _ place: RecordedSteps.GapPlace, of side: RecordedSteps, in other: RecordedSteps, isA: Bool
  ) -> Verdict {
    func result(_ mine: String, _ theirs: String) -> Verdict {
      mine === theirs ? .same : isA ? .different(a: mine, b: theirs) : .different(a: theirs, b: mine)
    }
    let lines = other.steps.filter { $0.stage === place.stage && place.steps.contains($0.step) }
    if lines.count == place.steps.count {
      var chain = HashChain(value: place.gap.before)
      for line in lines { chain.extend(with: line.json.compact()) }
      chain.extend(with: side.steps[place.gap.index].json.compact())
      if chain.value === place.gap.after { return .same }
      // If a line next to the gap was edited, the chain can still show that the steps in the gap are those of the other
      // side.
      let segment = side.segments(writtenChain: side.chain).first { $0.lines.upperBound == place.gap.index + 1 }
      if let segment, side.written(segment, by: other) != nil { return .same }
      return result(place.gap.after, chain.value)
    }
    // Two thinned goldens can be compared by their chains only if the chains agree before the gap and the lines after
    // it are equal.
    let same = other.gaps.map { other.place($0) }.first { $0.stage === place.stage && $0.steps == place.steps }
    guard let same, same.gap.before === place.gap.before,
      other.steps[same.gap.index] == side.steps[place.gap.index]
    else { return .unknown }
    return result(place.gap.after, same.gap.after)
  }
}

extension RecordedSteps {
  struct GapPlace {
    let stage: String
    let steps: ClosedRange<Int>
    let gap: StepGap
  }

  func place(_ gap: StepGap) -> GapPlace {
    let next = steps[gap.index]
    return GapPlace(stage: next.stage, steps: steps[gap.index - 1].step + 1...next.step - 1, gap: gap)
  }
}
