import Crypto
import SwerveModel

/// SHA-256 digests as 64 lower-case hexadecimal digits.
package enum Digest {
  package static func of(_ bytes: [UInt8]) -> String {
    var hasher = SHA256()
    bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    return hex(hasher.finalize())
  }

  package static func of(_ text: String) -> String { of(Array(text.utf8)) }

  package static func ofFile(_ path: String) throws -> String {
    var digest = DigestInProgress()
    try POSIXFile.forEachPiece(of: path) { digest.add($0) }
    return digest.value
  }

  /// Over every tensor in bytewise order of name: name, 0, shape as decimals joined by "x", 0, values as float32
  /// little-endian.
  package static func ofWeights(_ tensors: [NamedTensor]) -> String {
    var hasher = SHA256()
    for tensor in tensors.sorted(by: { isBefore($0.name, $1.name) }) {
      add(tensor.name, tensor.shape, tensor.values, to: &hasher)
    }
    return hex(hasher.finalize())
  }

  package static func ofWeights(_ tensors: [StoredTensor]) -> String {
    var hasher = SHA256()
    for tensor in tensors.sorted(by: { isBefore($0.name, $1.name) }) {
      tensor.values.withUnsafeBufferPointer { add(tensor.name, tensor.shape, $0, to: &hasher) }
    }
    return hex(hasher.finalize())
  }

  private static func isBefore(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

  private static func add(
    _ name: String, _ shape: [Int], _ values: UnsafeBufferPointer<Float>, to hasher: inout SHA256
  ) {
    #if _endian(big)
      #error("weights are hashed as they lie in memory, which must be little-endian")
    #endif
    let head = Array(name.utf8) + [0] + Array(shape.map(String.init).joined(separator: "x").utf8) + [0]
    head.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    hasher.update(bufferPointer: UnsafeRawBufferPointer(values))
  }

  fileprivate static func hex(_ digest: SHA256.Digest) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in digest {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// A digest that each step renews from the one before it and its own content, so that two runs agree up to a step
/// exactly if their chains agree at it. It starts as the digest of what went into the run.
package struct HashChain: Equatable, Sendable {
  package private(set) var value: String

  package init(inputs digest: String) { value = digest }

  /// A chain to be continued.
  init(value: String) { self.value = value }

  /// SHA-256 of the old value as text, a newline, and the step in canonical JSON.
  package mutating func extend(with canonicalStep: String) { value = Digest.of(value + "\n" + canonicalStep) }
}

/// SHA-256 of a text that grows.
struct DigestInProgress {
  private var hasher = SHA256()

  mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }
  }

  mutating func add(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
  }

  /// Of everything so far.
  var value: String { Digest.hex(hasher.finalize()) }
}
