import SwerveFiles
import SwerveText

/// Compares two recordings step by step.
package enum Comparison {
  /// - Parameters:
  ///   - tolerances: nil: those of the golden file, if one side is a golden file.
  ///   - only: compare only the names it covers ("weights" and "final weights" are names like those of metrics).
  ///     Missing steps are always reported.
  package static func compare(
    _ a: ComparedRun, _ b: ComparedRun, tolerances: ToleranceTable? = nil, only: Glob? = nil
  ) -> DiffReport {
    let table = tolerances ?? (a.tolerance.entries.isEmpty ? b.tolerance : a.tolerance)
    let gaps = ComparedGap.all(a.recorded, b.recorded)
    let edits = [a.edits(comparedWith: b), b.edits(comparedWith: a)]
    var collector = DifferenceCollector(
      tolerances: table, only: only, gaps: gaps, hasEdits: edits.contains { !$0.lines.isEmpty })
    let stagesA = StageSteps.split(a.recorded, comparableWith: b.recorded)
    let stagesB = StageSteps.split(b.recorded, comparableWith: a.recorded)
    for stage in stagesA {
      collector.compare(stage, stagesB.first { $0.name === stage.name } ?? StageSteps(name: stage.name))
    }
    for stage in stagesB where !stagesA.contains(where: { $0.name === stage.name }) {
      collector.compare(StageSteps(name: stage.name), stage)
    }
    return DiffReport(
      a: a.label, b: b.label, inputs: inputDifferences(a, b),
      differences: collector.found(beyondTolerance: true), tolerated: collector.found(beyondTolerance: false),
      edited: edits.flatMap(\.texts), notes: collector.notes, stepsCompared: collector.stepsCompared)
  }

  private static func inputDifferences(_ a: ComparedRun, _ b: ComparedRun) -> [InputDifference] {
    // A golden of an earlier swerve lists neither limits nor files.
    func isKnown(_ kind: ComparedInput.Kind, _ side: ComparedRun) -> Bool {
      switch kind {
      case .limit: side.listsLimits
      case .file: side.listsFiles
      case .mathVersion, .math, .script, .seed, .option: true
      }
    }
    func input(_ name: String, _ side: ComparedRun) -> ComparedInput? { side.inputs.first { $0.name === name } }
    let all = a.inputs + b.inputs.filter { input($0.name, a) == nil }
    return all.compactMap { one in
      let (x, y) = (input(one.name, a)?.value, input(one.name, b)?.value)
      guard x != y, isKnown(one.kind, a), isKnown(one.kind, b) else { return nil }
      return InputDifference(name: one.name, a: x, b: y)
    }
  }
}

/// Collects differences in the order in which they are found, one entry for each metric of a stage.
private struct DifferenceCollector {
  let tolerances: ToleranceTable
  let only: Glob?
  /// The gaps of all stages.
  let gaps: [ComparedGap]
  /// Whether some values differ because a line was edited. The digests after that line are still those of the run.
  let hasEdits: Bool
  private(set) var stepsCompared = 0
  private(set) var notes: [String] = []
  private var beyond: [Difference] = []
  private var within: [Difference] = []
  /// The indices in `beyond` and in `within` of what differs in the current stage; only used for look-ups.
  private var beyondIndices: [ComparedItem: Int] = [:]
  private var withinIndices: [ComparedItem: Int] = [:]
  /// Whether a note already says of the current stage that steps were not compared, and that digests differ.
  private var notesGap = false
  private var notesDigests = false

  init(tolerances: ToleranceTable, only: Glob?, gaps: [ComparedGap], hasEdits: Bool) {
    self.hasEdits = hasEdits
    self.tolerances = tolerances
    self.only = only
    self.gaps = gaps
  }

  func found(beyondTolerance: Bool) -> [Difference] { beyondTolerance ? beyond : within }

  mutating func compare(_ a: StageSteps, _ b: StageSteps) {
    beyondIndices = [:]
    withinIndices = [:]
    notesGap = false
    notesDigests = false
    let (stepsA, stepsB) = aligned(a, b)
    // A stage's steps count up, and steps in gaps of either side are left out. So the same index now means the same
    // step.
    let common = min(stepsA.count, stepsB.count)
    stepsCompared += stepsA.prefix(common).count { $0.step > 0 }
    for (x, y) in zip(stepsA, stepsB) {
      if let gap = gaps.first(where: { $0.stage === a.name && $0.steps.upperBound + 1 == x.step }) { compare(gap) }
      compare(x, y)
    }
    if stepsA.count != stepsB.count {
      let isA = stepsA.count > stepsB.count
      let longer = isA ? stepsA : stepsB
      // Steps without a line count, too.
      let shortest = min(a.last, b.last)
      let first = common > 0 ? shortest + 1 : longer.first?.step ?? 0
      let count = max(a.last, b.last) - first + 1
      let text = ComparedValue.text(count == 1 ? "1 more step" : "\(count) more steps")
      record(a.name, first, .step, isA ? text : .missing, isA ? .missing : text)
    }
    if a.result !== b.result, beyondIndices[.weights] == nil {
      let last = max(stepsA.last?.step ?? 0, stepsB.last?.step ?? 0)
      compareDigests(a.name, last, .finalWeights, a.result, b.result)
    }
  }

  /// The steps of both sides from the first step that both can have. If only one side has an evaluation before the
  /// first step (step 0), that is recorded as a difference and left out.
  private mutating func aligned(_ a: StageSteps, _ b: StageSteps) -> (ArraySlice<StepLine>, ArraySlice<StepLine>) {
    guard let first = a.steps.first?.step, let other = b.steps.first?.step, first != other else {
      return (a.steps, b.steps)
    }
    let isA = first < other
    let text = ComparedValue.text("an evaluation before the first step")
    record(a.name, min(first, other), .step, isA ? text : .missing, isA ? .missing : text)
    return isA ? (a.steps.dropFirst(), b.steps) : (a.steps, b.steps.dropFirst())
  }

  /// Compares steps for which one side has no lines. After the first difference every later digest differs, too, and
  /// says nothing new.
  private mutating func compare(_ gap: ComparedGap) {
    guard only == nil else { return }
    switch gap.verdict {
    case .same: stepsCompared += gap.steps.count
    case .different where !beyondIndices.isEmpty && !hasEdits: return
    case .different(let a, let b) where tolerances.entries.isEmpty:
      stepsCompared += gap.steps.count
      record(gap.stage, gap.steps.lowerBound, .chain(gap.steps), .digest(a), .digest(b))
    case .different, .unknown:
      guard !notesGap else { return }
      notesGap = true
      let reason =
        if case .unknown = gap.verdict { "neither side has all of their lines" } else {
          "they differ, and the golden keeps only their digest, which has no distance for a tolerance"
        }
      notes.append("\(gap.text) of stage \(gap.stage) were not compared: \(reason)")
    }
  }

  private mutating func compare(_ a: StepLine, _ b: StepLine) {
    MetricPairs.forEachDifference(a.metrics, b.metrics) { name, x, y in
      if only?.matches(name) ?? true { record(a.stage, a.step, .metric(named: name), x, y) }
    }
    // A step whose weights one side did not hash says nothing about them.
    if a.weights != nil, b.weights != nil, a.weights !== b.weights {
      compareDigests(a.stage, a.step, .weights, a.weights, b.weights)
    }
    if a.stopped !== b.stopped, only?.matches(ComparedItem.stopped.name) ?? true {
      record(a.stage, a.step, .stopped, ComparedValue(text: a.stopped), ComparedValue(text: b.stopped))
    }
  }

  /// Digests have no distance. If a tolerance covers their name, a difference is only noted.
  private mutating func compareDigests(
    _ stage: String, _ step: Int, _ item: ComparedItem, _ a: String?, _ b: String?
  ) {
    guard only?.matches(item.name) ?? true else { return }
    let a = a.map(ComparedValue.digest) ?? .missing
    let b = b.map(ComparedValue.digest) ?? .missing
    guard !tolerances.tolerance(of: item.name).isExact, a != .missing, b != .missing else {
      return record(stage, step, item, a, b)
    }
    guard !notesDigests else { return }
    notesDigests = true
    notes.append(
      "step \(step) of stage \(stage): \(item.name): the digests differ from here on; they have no distance, "
        + "so the tolerance lets them pass")
  }

  private mutating func record(
    _ stage: String, _ step: Int, _ item: ComparedItem, _ a: ComparedValue, _ b: ComparedValue
  ) {
    let tolerance = tolerances.tolerance(of: item.name)
    let distance = LargestDistance(step: step, a, b)
    if let distance, let bound = tolerance.decision(distance.a, distance.b) {
      Self.add(
        Difference(
          stage: stage, step: step, item: item, a: a, b: b, ulps: distance.ulps, count: 1, largest: distance,
          decidedBy: .within(ExactString(bound))), to: &within, indices: &withinIndices)
    } else {
      let decidedBy: Difference.Decision = tolerance.isExact ? .exact : .beyond(ExactString(tolerance.text))
      Self.add(
        Difference(
          stage: stage, step: step, item: item, a: a, b: b, ulps: ComparedValue.ulps(a, b), count: 1, largest: distance,
          decidedBy: decidedBy), to: &beyond, indices: &beyondIndices)
    }
  }

  private static func add(_ difference: Difference, to list: inout [Difference], indices: inout [ComparedItem: Int]) {
    guard let index = indices[difference.item] else {
      indices[difference.item] = list.count
      list.append(difference)
      return
    }
    list[index].count += 1
    guard let new = difference.largest, new.isLarger(than: list[index].largest) else { return }
    list[index].largest = new
    if difference.decidedBy != .exact { list[index].decidedBy = difference.decidedBy }
  }
}

extension LargestDistance {
  /// nil unless both are numbers.
  fileprivate init?(step: Int, _ a: ComparedValue, _ b: ComparedValue) {
    guard case .number(let x) = a, case .number(let y) = b else { return nil }
    let distance = abs(Double(x) - Double(y))
    self.init(step: step, a: x, b: y, absolute: distance.isFinite ? distance : nil, ulps: ExactText.ulps(x, y))
  }

  /// Compares absolute distances; values without one (NaN, infinity) count as the largest.
  fileprivate func isLarger(than other: LargestDistance?) -> Bool {
    guard let other else { return true }
    guard let theirs = other.absolute else { return false }
    return absolute.map { $0 > theirs } ?? true
  }
}

extension Tolerance {
  /// "abs 1e-06, ulp 4"
  fileprivate var text: String {
    [abs.map { "abs \($0)" }, rel.map { "rel \($0)" }, ulp.map { "ulp \($0)" }].compactMap(\.self)
      .joined(separator: ", ")
  }
}
