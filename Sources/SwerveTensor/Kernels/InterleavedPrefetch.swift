import CVector

/// Prefetches memory that will be read soon, at four addresses side by side.
///
/// The processor's own prefetcher follows the reads in each page separately. So four streams come from memory faster
/// than one stream from end to end: one core reads 14 to 17 GB/s instead of 10 to 12, where it was measured
/// (docs/performance.md, what bounds sampling).
struct InterleavedPrefetch {
  private var next: UnsafePointer<Float>
  private let last: UnsafePointer<Float>
  /// The distance from each of the four addresses to the next.
  private let apart: Int

  /// - Parameters:
  ///   - base: `count` floats.
  ///   - skipped: how many floats at the beginning of each quarter are not prefetched.
  @inline(__always)
  init(_ base: UnsafePointer<Float>, count: Int, skipped: Int = 0) {
    apart = count / 4
    last = base + apart
    next = min(base + skipped, last)
  }

  /// Prefetches the next cache line of each quarter. At the end of the quarters, it repeats the line that follows each.
  @inline(__always)
  mutating func ask() {
    swerve_prefetch(next)
    swerve_prefetch(next + apart)
    swerve_prefetch(next + 2 * apart)
    swerve_prefetch(next + 3 * apart)
    next = min(next + 16, last)
  }
}
