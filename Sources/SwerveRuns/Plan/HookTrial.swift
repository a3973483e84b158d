import SwerveRL
import SwerveScript
import SwerveTensor

extension LoadedScript {
  /// Calls every hook once, as `swerve check` does. The script can't be run afterwards.
  /// - Throws: ScriptError for a hook; what a task throws.
  package func tryHooks() throws {
    let pool = WorkerPool(threads: 1)
    defer { pool.close() }
    try experiment.tryHooks(seed: settings.seed, pool: pool)
  }

  /// How many problems of each stage's evaluations its training has, too; stages without an evaluation are left out.
  /// - Throws: what a task throws.
  package func overlaps() throws -> [(stage: String, overlaps: [ProblemOverlap])] {
    try withExtendedLifetime(experiment) {
      try plan.stages.map { ($0.name, try $0.overlaps(seed: settings.seed)) }.filter { !$0.1.isEmpty }
    }
  }
}
