import LuaRuntime
import SwerveRL
import SwerveText

/// A schedule over the steps of its stage, found without training.
package struct ScheduleCurve {
  package let stage: String
  /// The option's name, such as "lr" or "kl.coef".
  package let option: String
  /// Steps of the stage.
  package let steps: Int
  /// Points at rising steps. They include the stage's first and last step, unless `needsMetricsFrom` ends the curve.
  package let points: [(step: Int, value: Float)]
  /// The metrics that the schedule read, in the order of reading; a plan has no values for them.
  package let asked: [String]
  /// The first step at which the schedule failed because it needs metrics.
  package let needsMetricsFrom: Int?

  package var isConstant: Bool {
    asked.isEmpty && points.allSatisfy { $0.value.bitPattern == points[0].value.bitPattern }
  }

  /// Steps between two points.
  package var stride: Int { points.count > 1 ? points[1].step - points[0].step : 1 }

  /// The most points of a curve. More steps are thinned out, so that a plan of a million steps is drawn quickly.
  static let mostPoints = 20_000
}

extension ScriptedExperiment {
  /// Every scheduled number of the experiment, stage by stage, in the order of the options; then those that a rule of the
  /// script's own reads. The script can't be run afterwards.
  /// - Throws: ScriptError for a schedule that fails by itself, or that does not give a number in its range.
  package func curves() throws -> [ScheduleCurve] {
    try plan.stages.enumerated().flatMap { index, stage in
      try (stage.schedules + InnerSchedules.all(contexts[index])).map {
        try curve($0.schedule, option: $0.option, stage.info, contexts[index])
      }
    }
  }

  /// One schedule's curve; nil for a stage or an option that does not exist.
  /// - Throws: as `curves`.
  package func curve(stage name: String, option: String) throws -> ScheduleCurve? {
    guard let index = plan.stages.firstIndex(where: { $0.name === name }) else { return nil }
    let stage = plan.stages[index]
    return try stage.schedules.first { $0.option === option }.map {
      try curve($0.schedule, option: option, stage.info, contexts[index])
    }
  }

  private func curve(
    _ schedule: Schedule, option: String, _ stage: StageInfo, _ context: StageContext
  ) throws -> ScheduleCurve {
    var points: [(step: Int, value: Float)] = []
    var needsMetricsFrom: Int?
    let stride = max(1, (stage.steps + ScheduleCurve.mostPoints - 1) / ScheduleCurve.mostPoints)
    let steps = Array(Swift.stride(from: 1, through: stage.steps, by: stride))
    let probe = try MetricsProbe(context)
    context.probe = probe
    defer { context.probe = nil }
    for step in steps.last == stage.steps ? steps : steps + [stage.steps] {
      probe.hasAsked = false
      do {
        points.append((step, try schedule.value(step, [])))
      } catch {
        // At step 1 a run has no metrics either, so the failure is the schedule's own.
        guard step > 1, probe.hasAsked, !probe.hasMisasked else { throw error }
        needsMetricsFrom = step
        break
      }
    }
    return ScheduleCurve(
      stage: stage.name, option: option, steps: stage.steps, points: points, asked: probe.asked,
      needsMetricsFrom: needsMetricsFrom)
  }
}
