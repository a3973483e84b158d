import SwerveRL
import SwerveTensor
import SwerveText

extension ScriptedExperiment {
  /// Calls every hook of every stage, to find mistakes before training: schedules at every step that is drawn in a plan,
  /// all others once, on made-up batches. The hooks' memory changes, so the experiment can't be run afterwards.
  /// - Throws: ScriptError for a hook, with a hint that says how it was found.
  package func tryHooks(seed: UInt64, pool: WorkerPool) throws {
    do {
      for (stage, context) in zip(plan.stages, contexts) {
        try readMetrics(stage, context)
        for (option, _) in stage.schedules { _ = try curve(stage: stage.name, option: option) }
        try tryStop(stage, context)
        try stage.tryHooks(seed: seed, pool: pool)
      }
    } catch var error as ScriptError {
      let how = "found by calling every hook once on a made-up batch, which --no-hooks leaves out"
      error.hint = error.hint.map { "\($0) (\(how))" } ?? how
      throw error
    }
  }

  /// Asks whether the first step ends the stage: with made-up metrics, as after a step with an evaluation and as after one
  /// without.
  private func tryStop(_ stage: any Stage, _ context: StageContext) throws {
    guard let stop = stage.ending.stop else { return }
    defer { context.probe = nil }
    for hasEvaluation in [true, false] where hasEvaluation || stage.stepsBetweenEvaluations > 1 {
      context.probe = try MetricsProbe(context, value: 0.5, hasEvaluation: hasEvaluation)
      _ = try stop.reason(after: 1, [])
    }
  }

  /// Finds the names of metrics that no step logs, also where a schedule reads them only after it has found others. The
  /// values are made up, so that no other error of a schedule counts here.
  private func readMetrics(_ stage: any Stage, _ context: StageContext) throws {
    let probe = try MetricsProbe(context, value: 0.5)
    context.probe = probe
    defer { context.probe = nil }
    for (_, schedule) in stage.schedules {
      for step in [2, stage.steps] where step > 1 && step <= stage.steps {
        do {
          _ = try schedule.value(step, [])
        } catch  where !probe.hasMisasked { continue }
      }
    }
  }
}
