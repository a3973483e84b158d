import SwerveFiles
import SwerveModel

extension Digest {
  /// The digest over all tensors in bytewise order of name. For each: name, 0, shape as decimals joined by "x", 0,
  /// values as float32 little-endian.
  package static func ofWeights(_ tensors: [NamedTensor]) -> String {
    var digest = DigestInProgress()
    for tensor in tensors.sorted(by: { isBefore($0.name, $1.name) }) {
      add(tensor.name, tensor.shape, UnsafeRawBufferPointer(tensor.values), to: &digest)
    }
    return digest.value
  }

  /// The same for tensors of float32 as they lie in a file.
  static func ofWeights(_ entries: [Safetensors.Entry], in file: UnsafeRawBufferPointer) -> String {
    var digest = DigestInProgress()
    for entry in entries.sorted(by: { isBefore($0.name, $1.name) }) {
      add(entry.name, entry.shape, UnsafeRawBufferPointer(rebasing: file[entry.range]), to: &digest)
    }
    return digest.value
  }

  private static func isBefore(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

  private static func add(
    _ name: String, _ shape: [Int], _ values: UnsafeRawBufferPointer, to digest: inout DigestInProgress
  ) {
    #if _endian(big)
      #error("weights are hashed as they lie in memory, which must be little-endian")
    #endif
    let head = Array(name.utf8) + [0] + Array(shape.map(String.init).joined(separator: "x").utf8) + [0]
    digest.add(head[...])
    digest.add(values)
  }
}
