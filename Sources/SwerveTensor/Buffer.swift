/// A block of float32 aligned to 64 bytes and zeroed when made. It owns its memory; views are plain pointers.
package final class FloatBuffer: @unchecked Sendable {
  package let count: Int
  package let pointer: UnsafeMutablePointer<Float>

  package init(count: Int) {
    self.count = count
    // Rounded up to whole vectors, with one to spare, so that a kernel may read (never write) past the end of a row.
    let padded = (count + 31) / 16 * 16
    let raw = UnsafeMutableRawPointer.allocate(byteCount: padded * 4, alignment: 64)
    pointer = raw.bindMemory(to: Float.self, capacity: padded)
    pointer.initialize(repeating: 0, count: padded)
  }

  package convenience init(_ values: [Float]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: count) }
    }
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  package var values: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: pointer, count: count) }
  package var array: [Float] { Array(values) }
  package func zero(first n: Int) { pointer.update(repeating: 0, count: n) }
}
