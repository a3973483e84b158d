import SwerveTensor
import SwerveTestSupport

/// Floats between two strips of NaN: a kernel that writes outside shows in `isIntact`, one that uses what it reads
/// there shows as NaN in its result.
final class GuardedFloats {
  private static let strip = 32
  private let buffer: FloatBuffer
  let count: Int

  init(_ values: [Float]) {
    count = values.count
    let nan = [Float](repeating: .nan, count: Self.strip)
    buffer = FloatBuffer(nan + values + nan)
  }

  convenience init(count: Int, filled value: Float = 0) { self.init([Float](repeating: value, count: count)) }

  var pointer: UnsafeMutablePointer<Float> { buffer.pointer + Self.strip }
  var reading: UnsafePointer<Float> { UnsafePointer(pointer) }
  var array: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// Whether both strips are as they were.
  var isIntact: Bool {
    (0..<Self.strip).allSatisfy { buffer.pointer[$0].isNaN && pointer[count + $0].isNaN }
  }
}

/// The input of a kernel with a strip of NaN behind it. As an argument it lives until the call is over.
func guarded(_ x: [Float]) -> [Float] { x + [Float](repeating: .nan, count: 32) }

/// A (rows, columns) matrix in memory with its rows `stride` apart, NaN in between.
func spread(_ x: [Float], columns: Int, stride: Int) -> [Float] {
  var result = [Float](repeating: .nan, count: columns == 0 ? 0 : x.count / columns * stride)
  for (i, value) in x.enumerated() { result[i / columns * stride + i % columns] = value }
  return result
}

/// The reverse of `spread`.
func gathered(_ x: [Float], columns: Int, stride: Int, rows: Int) -> [Float] {
  (0..<rows).flatMap { x[$0 * stride..<$0 * stride + columns] }
}

func transposed(_ x: [Float], rows: Int, columns: Int) -> [Float] {
  var result = x
  for r in 0..<rows { for c in 0..<columns { result[c * rows + r] = x[r * columns + c] } }
  return result
}

/// Widths and lengths around the sizes of vectors and tiles, and random ones between.
func edgeSizes(_ random: inout TestRandom, _ extra: Int = 6) -> [Int] {
  [1, 2, 7, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65] + (0..<extra).map { _ in random.within(1...140) }
}

/// Keys and values of one text between strips of NaN.
struct GuardedCache {
  private let keys: GuardedFloats
  private let values: GuardedFloats
  let view: KeyValueCache

  init(length: Int, heads: Int, width: Int, filled value: Float = 0) {
    let counts = KeyValueCache.counts(length: length, width: width)
    keys = GuardedFloats(count: counts.keys, filled: value)
    values = GuardedFloats(count: counts.values, filled: value)
    view = KeyValueCache(keys: keys.pointer, values: values.pointer, length: length, heads: heads, width: width)
  }

  var isIntact: Bool { keys.isIntact && values.isIntact }
}
