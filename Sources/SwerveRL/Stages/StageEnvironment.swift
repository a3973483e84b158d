import SwerveModel
import SwerveTensor

/// Where a stage's model comes from.
package enum ModelSource: Sendable {
  /// New weights, drawn from the seed.
  case fresh
  /// The result of an earlier stage, by name.
  case stage(String)
  /// A checkpoint file, by the path that the script gave.
  case checkpoint(String)
}

/// What a run gives a stage to compute with.
package struct StageEnvironment {
  /// The model that the stage's source names; nil for a fresh one.
  package let source: LoadedModel?
  /// The seed of the run.
  package let seed: UInt64
  package let mode: MathMode
  package let pool: WorkerPool
  /// Seconds, for tokens/s, which is never compared.
  package let clock: () -> Double

  package init(
    source: LoadedModel?, seed: UInt64, mode: MathMode, pool: WorkerPool, clock: @escaping () -> Double
  ) {
    self.source = source
    self.seed = seed
    self.mode = mode
    self.pool = pool
    self.clock = clock
  }
}
