import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

extension HalvingPlan {
  /// - Throws: OptionError for a stage, a step or a metric that the experiment does not have.
  func check(_ plan: ExperimentPlan) throws {
    let name = try StageNames(plan.stages.map(\.name), of: "--halving: the script").find(self.stage)
    guard let stage = plan.stages.last(where: { $0.name === name }) else { return }
    if let last = steps.last, last >= stage.steps {
      throw OptionError(
        "--halving: step \(last) is not before the end of stage '\(stage.name)', which has \(stage.steps)")
    }
    guard stage.metricNames.mayHold(best.metric) else {
      throw OptionError(
        "--halving: stage '\(stage.name)' has no metric '\(best.metric)'"
          + didYouMean(best.metric, among: stage.metricNames.known))
    }
    if let first = steps.first, let every = stage.evaluation?.every, first < every,
      MetricTable.isEvaluation(best.metric)
    {
      throw OptionError(
        "--halving: stage '\(stage.name)' first measures \(best.metric) after step \(every), which is after step \(first)"
      )
    }
  }
}

extension Sweep {
  private var halvingPath: String { Path.join(folder, HalvingRecord.fileName) }

  private func record(_ halving: HalvingPlan) throws -> HalvingRecord {
    try HalvingRecord.read(halvingPath, plan: halving, members: plan.members.map(\.name))
  }

  /// Where halving has stopped each member, by its place in the sweep's order; nil for one that is still in, that failed or
  /// that was completed by hand.
  /// - Throws: FileError or UsageError for a record that can't be used.
  package func halved() throws -> [Status?] {
    guard let halving else { return plan.members.map { _ in nil } }
    let record = try record(halving)
    return try plan.members.map { member in
      guard let (step, entry) = record.out(member.name), !entry.hasFailed, try status(member) != .complete else {
        return nil
      }
      return .halved(step: step, value: entry.value)
    }
  }

  /// Runs the members from rung to rung; those that are still in after the last one go on to their ends.
  /// - Returns: the members that failed in this call, in the sweep's order.
  func run(
    _ members: [SweepMember], _ halving: HalvingPlan, jobs: Int, isCancelled: () -> Bool,
    didEnd: (SweepMember, Status) -> Void
  ) throws -> [SweepMember] {
    var record = try record(halving)
    for rung in record.rungs { try check(rung, halving, members) }
    let before = record
    // A member that failed is tried again, as in other sweeps, and what was decided without it is decided again.
    if let first = record.rungs.firstIndex(where: { $0.entries.contains(where: \.hasFailed) }) {
      record.rungs.removeSubrange(first...)
    }
    var failed: [SweepMember] = []
    func isIn(_ member: SweepMember) -> Bool { record.out(member.name) == nil }
    for step in halving.steps.dropFirst(record.rungs.count) {
      let late = try members.filter { member in try isIn(member) && !hasReached(step, member, halving) }
      // Without it, nothing can be decided.
      var busy: SweepMember?
      failed += try runLocked(late, jobs: jobs, until: step, isCancelled: isCancelled) { member, status in
        if status == .busy { busy = busy ?? member }
        if status != .pending || isCancelled() { didEnd(member, status) }
      }
      if isCancelled() { return failed.sorted { $0.number < $1.number } }
      if let busy { throw RecordError.locked(path: runFolder(busy).path) }
      let entries = try members.filter(isIn).map { member in
        try HalvingRung.Entry(
          member: member.name, point: plan.seeds.count > 1 ? member.point : nil,
          value: value(member, at: step, halving),
          hasFailed: failed.contains { $0.number == member.number } || !hasReached(step, member, halving))
      }
      let rung = HalvingRung(step: step, entries: halving.decide(entries))
      record.rungs.append(rung)
      try POSIXFile.writeAtomically(record.json.pretty(), to: halvingPath)
      for entry in rung.entries where !entry.isKept && !entry.hasFailed && before.out(entry.member)?.step != step {
        guard let member = members.first(where: { $0.name === entry.member }), try status(member) != .complete else {
          continue
        }
        didEnd(member, .halved(step: step, value: entry.value))
      }
    }
    failed += try runLocked(members.filter(isIn), jobs: jobs, isCancelled: isCancelled, didEnd: didEnd)
    return failed.sorted { $0.number < $1.number }
  }

  /// Checks that recorded decisions are those that follow from the members' runs.
  private func check(_ rung: HalvingRung, _ halving: HalvingPlan, _ members: [SweepMember]) throws {
    func problem(_ text: String) -> UsageError {
      UsageError(
        "\(halvingPath), step \(rung.step): \(text)",
        hint: "remove the file to decide again, or give the sweep another --out")
    }
    for entry in rung.entries where !entry.hasFailed {
      guard let member = members.first(where: { $0.name === entry.member }) else {
        throw problem("the sweep has no member \(entry.member)")
      }
      let found = try value(member, at: rung.step, halving)
      guard ExactText.same(found, entry.value) else {
        let (then, now) = (entry.value.map(ExactText.text) ?? "nothing", found.map(ExactText.text) ?? "nothing")
        throw problem("\(entry.member) had \(halving.best.metric) \(then), and its run has \(now)")
      }
    }
    guard halving.decide(rung.entries) == rung.entries else {
      throw problem("who stops does not follow from the values")
    }
  }

  private func stage(_ run: RecordedRun, _ halving: HalvingPlan) -> String? {
    halving.stage ?? run.manifest.stages.last?.name
  }

  /// Whether a member's run is complete, or was stopped at the step or later.
  private func hasReached(_ step: Int, _ member: SweepMember, _ halving: HalvingPlan) throws -> Bool {
    switch try status(member) {
    case .complete: return true
    case .failed, .halved, .busy: return false
    case .pending:
      let folder = runFolder(member)
      guard POSIXFile.kind(folder.manifest) == .file, let result = try RunReader.result(folder) else { return false }
      let name = try halving.stage ?? RunReader.open(folder.path).1.stages.last?.name
      return result.stages.contains { $0.name === name && $0.steps >= step }
    }
  }

  /// The last measurement of the metric up to a step, from step 1 on; nil: there is none.
  private func value(_ member: SweepMember, at step: Int, _ halving: HalvingPlan) throws -> Float? {
    let folder = runFolder(member)
    guard POSIXFile.kind(folder.manifest) == .file else { return nil }
    let run = try RunReader.read(folder.path)
    let lines = run.recorded.steps.filter { $0.stage === stage(run, halving) && (1...step).contains($0.step) }
    return lines.reversed().lazy.compactMap { line in
      line.metrics.first { $0.name === halving.best.metric }?.value
    }.first
  }
}
