/// The types of elements that weights are read from, by the names that GGUF and safetensors use. Types with blocks hold
/// several values with common scales.
package enum StoredType: String, Sendable, CaseIterable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case q80 = "Q8_0"
  case q40 = "Q4_0"
  case q41 = "Q4_1"
  case q50 = "Q5_0"
  case q51 = "Q5_1"
  case q4K = "Q4_K"
  case q5K = "Q5_K"
  case q6K = "Q6_K"

  /// Values of a block. A row of a tensor has whole blocks.
  package var blockValues: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q80, .q40, .q41, .q50, .q51: 32
    case .q4K, .q5K, .q6K: 256
    }
  }

  /// Bytes of a block.
  package var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q80: 34
    case .q40: 18
    case .q41: 20
    case .q50: 22
    case .q51: 24
    case .q4K: 144
    case .q5K: 176
    case .q6K: 210
    }
  }

  /// Bytes of whole blocks.
  func bytes(of values: Int) -> Int { values / blockValues * blockBytes }

  /// Writes the values of whole blocks as float32, each with the bits that the format's reference computes: integers
  /// times scales are exact in float32, so that each value is rounded at most once.
  /// - Parameters:
  ///   - bytes: little-endian; need no alignment.
  ///   - count: a multiple of `blockValues`.
  func read(_ bytes: UnsafeRawPointer, into out: UnsafeMutablePointer<Float>, count: Int) {
    #if _endian(little)
      if self == .f32 {
        UnsafeMutableRawPointer(out).copyMemory(from: bytes, byteCount: 4 * count)
        return
      }
    #endif
    readConverted(bytes, into: out, count: count)
  }
}
