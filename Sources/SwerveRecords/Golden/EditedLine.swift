import SwerveFiles
import SwerveText

/// A line of a golden that was edited after it was recorded, with the original line. The golden's hash chain proves the
/// original: with the lines of another recording, the chain gives the digest that the golden has.
struct EditedLine {
  let now: StepLine
  let then: StepLine

  /// - Parameters:
  ///   - writtenChain: the chain after the golden's last step, as its last line says it.
  ///   - other: every step of a run, which may be what was recorded.
  static func find(_ golden: RecordedSteps, writtenChain: String, by other: RecordedSteps) -> [EditedLine] {
    golden.segments(writtenChain: writtenChain).flatMap { segment -> [EditedLine] in
      guard let written = golden.written(segment, by: other) else { return [] }
      // Both are in order, and the golden has some of the lines that were written.
      var rest = written
      return golden.steps[segment.lines].compactMap { now in
        rest = rest.drop { !($0.stage === now.stage && $0.step == now.step) }
        return rest.first.flatMap { $0 == now ? nil : EditedLine(now: now, then: $0) }
      }
    }
  }

  /// "step 12 of stage prioritized: kl_k2 was recorded as 0.0123 (0x3c4985f0) and now says 0.0124 (0x3c4b295f)"
  var text: String {
    var texts: [String] = []
    func add(_ name: String, _ then: ComparedValue, _ now: ComparedValue) {
      let (then, now) = ComparedValue.texts(then, now)
      texts.append("\(name) was recorded as \(then) and now says \(now)")
    }
    MetricPairs.forEachDifference(then.metrics, now.metrics, add)
    if then.weights !== now.weights {
      add("weights", ComparedValue(digest: then.weights), ComparedValue(digest: now.weights))
    }
    return "step \(now.step) of stage \(now.stage): " + texts.joined(separator: "; ")
  }
}

/// Lines of a golden between two points at which the golden has the value of the hash chain.
struct ChainSegment {
  let lines: Range<Int>
  let start: String
  let end: String
}

extension RecordedSteps {
  /// All segments; every line is in one of them. A segment ends at the first line after a gap, or with the last line.
  func segments(writtenChain: String) -> [ChainSegment] {
    var segments: [ChainSegment] = []
    var (first, start) = (0, inputsDigest)
    for gap in gaps {
      segments.append(ChainSegment(lines: first..<gap.index + 1, start: start, end: gap.after))
      (first, start) = (gap.index + 1, gap.after)
    }
    return first < steps.count
      ? segments + [ChainSegment(lines: first..<steps.count, start: start, end: writtenChain)] : segments
  }

  /// The steps of another recording from which the segment was made, including those in its gap; nil if it was made
  /// from other steps.
  func written(_ segment: ChainSegment, by other: RecordedSteps) -> ArraySlice<StepLine>? {
    guard other.gaps.isEmpty, let last = other.place(of: steps[segment.lines.upperBound - 1]) else { return nil }
    let before = segment.lines.lowerBound == 0 ? -1 : other.place(of: steps[segment.lines.lowerBound - 1])
    guard let before, before < last else { return nil }
    var chain = HashChain(value: segment.start)
    for line in other.steps[before + 1...last] { chain.extend(with: line.json.compact()) }
    return chain.value === segment.end ? other.steps[before + 1...last] : nil
  }

  private func place(of line: StepLine) -> Int? {
    steps.firstIndex { $0.stage === line.stage && $0.step == line.step }
  }
}
