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
}
