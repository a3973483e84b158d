import MachineLimits
import SwerveTensor

extension Limits {
  /// Takes a second or two.
  static func measured(_ timer: Timer) -> Limits {
    var limits = Limits()
    let steps = 10_000
    limits.multiplyAdds = Double(16 * multiplyAddChains * steps) / timer.time { keep(runMultiplyAdds(steps)) }.best
    limits.exponentials = Double(16 * functionChains * steps) / timer.time { keep(runExponentials(steps)) }.best
    limits.divisions = Double(16 * functionChains * steps) / timer.time { keep(runDivisions(steps)) }.best
    limits.chainedAdditions = Double(8 * steps) / timer.time { keep(runChainedAdditions(steps, by: 1)) }.best
    limits.multiplications =
      Double(8 * steps) / timer.time { keep(Float(runMultiplications(steps, by: 0x9E37_79B9_7F4A_7C15) & 1)) }.best
    for level in MemoryLevel.allCases { limits.measureMemory(level, timer) }
    return limits
  }

  private mutating func measureMemory(_ level: MemoryLevel, _ timer: Timer) {
    let bytes = level.measuredBytes
    let count = bytes / 8
    let both = FloatBuffer(count: 2 * count)
    both.pointer.update(repeating: 1, count: 2 * count)
    let (x, y) = (both.pointer.reading, both.pointer + count)
    bandwidth[Self.key(level, .read)] = Double(bytes) / timer.time { keep(readAll(x, count: 2 * count)) }.best
    bandwidth[Self.key(level, .copy)] = Double(bytes) / timer.time { copyAll(y, x, count: count) }.best
    // Reads both, writes one. The sums must stay finite and normal, so x becomes 0.
    both.pointer.update(repeating: 0, count: count)
    bandwidth[Self.key(level, .update)] = Double(bytes / 2 * 3) / timer.time { updateAll(y, x, count: count) }.best
    withExtendedLifetime(both) {}
  }
}

/// Uses a result, so that the compiler has to compute it.
@inline(never)
@_optimize(none)
func keep(_ x: Float) {}
