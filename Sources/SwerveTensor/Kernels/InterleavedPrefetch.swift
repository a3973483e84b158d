import CVector

/// Prefetches memory that will be read soon, at four addresses side by side.
///
/// The processor follows what is read in each page by itself, so four streams come faster from memory than one from end to
/// end: 14 to 17 GB/s for one core against 10 to 12, where it was measured (docs/performance.md, what bounds sampling).
struct InterleavedPrefetch {
  private var next: UnsafePointer<Float>
  private let last: UnsafePointer<Float>
  /// From each address to the one after it.
  private let apart: Int

  /// - Parameters:
  ///   - base: `count` floats.
  ///   - skipped: of each quarter, floats at its beginning that are not asked for.
  @inline(__always)
  init(_ base: UnsafePointer<Float>, count: Int, skipped: Int = 0) {
    apart = count / 4
    last = base + apart
    next = min(base + skipped, last)
  }

  /// Asks for the next cache line of each quarter; at its end, for what comes after it, again and again.
  @inline(__always)
  mutating func ask() {
    swerve_prefetch(next)
    swerve_prefetch(next + apart)
    swerve_prefetch(next + 2 * apart)
    swerve_prefetch(next + 3 * apart)
    next = min(next + 16, last)
  }
}
