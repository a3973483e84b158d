import LuaRuntime
import SwerveRecords
import SwerveTensor
import SwerveText

extension SweepPlan {
  /// The members that a definition gives.
  /// - Throws: OptionError.
  package init(_ definition: SweepDefinition) throws {
    let sampling = try definition.sample.map { count in
      try Sampling(
        ranges: try definition.ranges.map { try SweepRange($0) }, count: count, seed: definition.sampleSeed)
    }
    try self.init(
      axes: try definition.grid.map { try Axis($0) }, sampling: sampling, seeds: try Self.seeds(definition.seeds))
  }
}

extension RunSettings {
  /// What a definition says of every member.
  /// - Throws: OptionError for limits and a math that this version does not have.
  init(_ definition: SweepDefinition) throws {
    self.init()
    for limit in definition.limits {
      let parts = limit.pieces(at: "=", most: 2)
      guard parts.count == 2, limits.set(parts[0], parts[1]) else {
        throw OptionError("--limit \(limit) is no limit of a script")
      }
    }
    limits.seconds = definition.seconds
    guard let math = MathMode(rawValue: definition.math) else {
      throw OptionError("--math must be exact or blas, got \"\(definition.math)\"")
    }
    self.math = math
  }
}
