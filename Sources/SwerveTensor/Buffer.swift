import Glibc
import Synchronization

/// Blocks made so far.
private let blocksMade = Atomic<Int>(0)

/// A block of float32 aligned to 64 bytes and zero when made. It owns its memory; views are plain pointers.
package final class FloatBuffer: @unchecked Sendable {
  package let count: Int
  package let pointer: UnsafeMutablePointer<Float>
  private let mapping: Mapping?

  /// How many blocks this process has made on all threads, for tests that show that steps make none.
  package static var madeSoFar: Int { blocksMade.load(ordering: .relaxed) }

  package init(count: Int) {
    self.count = count
    blocksMade.add(1, ordering: .relaxed)
    // Rounded up to whole vectors, with one to spare, so that a kernel may read (never write) past the end of a row.
    let padded = (count + 31) / 16 * 16
    mapping = Mapping(byteCount: padded * 4)
    if let mapping {
      pointer = mapping.start.bindMemory(to: Float.self, capacity: padded)
    } else {
      let raw = UnsafeMutableRawPointer.allocate(byteCount: padded * 4, alignment: 64)
      pointer = raw.bindMemory(to: Float.self, capacity: padded)
      pointer.initialize(repeating: 0, count: padded)
    }
  }

  package convenience init(_ values: [Float]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: count) }
    }
  }

  deinit {
    if let mapping { mapping.close() } else { UnsafeMutableRawPointer(pointer).deallocate() }
  }

  package var values: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: pointer, count: count) }
  package var mutableValues: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }
  package var array: [Float] { Array(values) }
  package func zero(first n: Int) { pointer.update(repeating: 0, count: n) }
}

/// A block that grows to the largest size that it is asked for and then stays, so that steps do not allocate.
package final class GrowingBuffer {
  private var block = FloatBuffer(count: 0)

  package init() {}

  /// A block of at least `count` floats. They keep their values, but a block that had to grow is all zeros.
  package func reserve(_ count: Int) -> FloatBuffer {
    if block.count < count { block = FloatBuffer(count: count) }
    return block
  }
}

/// Large memory straight from the kernel. It is zero without being written, and only the touched part takes memory. Its
/// pages have 2 MiB: with smaller pages, most reads of a large cache or gradient wait for an address translation.
private struct Mapping {
  let start: UnsafeMutableRawPointer
  private let region: UnsafeMutableRawPointer
  private let length: Int
  private static let hugePage = 2 << 20

  /// Nil for less than two large pages, and where the kernel refuses.
  init?(byteCount: Int) {
    if byteCount < 2 * Self.hugePage { return nil }
    length = byteCount + Self.hugePage
    let memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { return nil }
    region = memory
    start = memory.alignedUp(toMultipleOf: Self.hugePage)
    // Only advice: without large pages everything works, but more slowly.
    madvise(start, byteCount, MADV_HUGEPAGE)
  }

  func close() { munmap(region, length) }
}
