import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveScript
import SwerveTensor

extension PlanForecast {
  /// Makes the forecast, with a short timing of the stages' models.
  /// - Throws: ScriptError for a schedule; what a task throws.
  package init(_ script: LoadedScript) throws {
    let curves = try script.experiment.curves()
    let pool = WorkerPool(threads: script.settings.threads)
    defer { pool.close() }
    var known: [(model: ModelConfiguration, length: Int, samples: Bool, speed: SpeedProbe)] = []
    let stages = try zip(script.plan.stages, script.models.map(\.configuration)).map { stage, model in
      let cost = try stage.cost(seed: script.settings.seed)
      let samples = cost.collected + cost.evaluated > 0
      if let found = known.first(where: {
        $0.model == model && $0.length == cost.textLength && ($0.samples || !samples)
      }) {
        return Stage(stage, cost, found.speed)
      }
      let speed = try SpeedProbe.measure(
        model, length: cost.textLength, batch: cost.textsInStep, rows: samples ? cost.textsSampledTogether : 0,
        mode: script.settings.math, pool: pool)
      known.append((model, cost.textLength, samples, speed))
      return Stage(stage, cost, speed)
    }
    self.init(
      name: script.plan.name, script: script.project.script, seed: script.settings.seed, stages: stages, curves: curves,
      basis: Self.basis(threads: script.settings.threads))
  }

  private static func basis(threads: Int) -> String {
    return
      "an estimate, from the lengths of \(TextLengths.draws) drawn texts with right answers, and from speeds measured just "
      + "now at \(threads) thread\(threads == 1 ? "" : "s") for a fraction of a second each; rules and losses in Lua come on top"
  }
}

extension PlanForecast.Stage {
  fileprivate init(_ stage: any Stage, _ cost: StageCost, _ speed: SpeedProbe) {
    self.init(
      info: stage.info, trained: cost.trained, collected: cost.collected, evaluated: cost.evaluated,
      seconds: cost.seconds(speed), trainingSpeed: speed.training,
      samplingSpeed: speed.sampling == 0 ? nil : speed.sampling,
      mayStop: stage.ending.stop != nil)
  }
}
