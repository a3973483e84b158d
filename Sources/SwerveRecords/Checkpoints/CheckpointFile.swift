import SwerveFiles
import SwerveModel
import SwerveText

/// A tensor that was read from a file.
package struct StoredTensor: Equatable, Sendable {
  package let name: String
  package let shape: [Int]
  package let values: [Float]

  package init(name: String, shape: [Int], values: [Float]) {
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// A checkpoint that was read and verified.
package struct Checkpoint: Sendable {
  /// The configuration, the tokenizer and other entries of the writer, without the fields that this file format adds.
  package let metadata: [(key: String, value: String)]
  /// In the order of the file.
  package let tensors: [StoredTensor]
  package let weightsSHA256: String

  package func metadata(_ key: String) -> String? { metadata.first { $0.key === key }?.value }

  /// SHA-256 of the content: tensors and metadata by name. Files with different bytes can have the same content,
  /// because tools that load and save safetensors write the header in another order.
  package var contentSHA256: String {
    Digest.of(weightsSHA256 + "\n" + CheckpointFile.metadataDigest(CheckpointFile.sorted(metadata)))
  }
}

/// A model's weights as a safetensors file with checksums of values and metadata.
package enum CheckpointFile {
  package static let format = "swerve-checkpoint-1"
  private static let ownKeys = ["format", "weights_sha256", "metadata_sha256"]

  /// Writes the file at once or not at all. Returns the digest of the weights.
  /// - Throws: `FileError`; `SafetensorsError` for repeated names or shapes that do not fit.
  @discardableResult
  package static func write(
    _ path: String, tensors: [NamedTensor], metadata: [(key: String, value: String)]
  ) throws -> String {
    let digest = Digest.ofWeights(tensors)
    let own = zip(ownKeys, [format, digest, metadataDigest(sorted(metadata))]).map { (key: $0, value: $1) }
    try POSIXFile.writeAtomically(try Safetensors.bytes(metadata: metadata + own, tensors: tensors), to: path)
    return digest
  }

  /// Reads the whole file and checks both digests.
  /// - Throws: `CheckpointError` for a file that is missing, cut off, damaged, of another tool or changed; `FileError` for
  ///   one that can't be read.
  package static func read(_ path: String) throws -> Checkpoint {
    guard POSIXFile.kind(path) != nil else { throw CheckpointError.missing(path: path) }
    let bytes = try POSIXFile.read(path)
    return try bytes.withUnsafeBytes { bytes in
      let file = try open(bytes, path: path)
      let found = file.metadata("format")
      guard found === format else {
        throw CheckpointError.foreign(path: path, found: found.map { "\"\($0)\"" } ?? "missing")
      }
      let tensors = try tensors(file, bytes, path: path)
      let metadata = file.metadata.filter { !ownKeys.containsExactly($0.key) }
      let digest = Digest.ofWeights(tensors)
      try check("weights", file.metadata("weights_sha256"), digest, path: path)
      try check(metadata, file.metadata("metadata_sha256"), path: path)
      return Checkpoint(metadata: metadata, tensors: tensors, weightsSHA256: digest)
    }
  }

  private static func open(_ bytes: UnsafeRawBufferPointer, path: String) throws -> Safetensors {
    do {
      return try Safetensors(bytes)
    } catch let error as SafetensorsError {
      throw error.kind == .cutOff
        ? CheckpointError.truncated(path: path, detail: error.message)
        : CheckpointError.damaged(path: path, detail: error.message)
    }
  }

  private static func tensors(
    _ file: Safetensors, _ bytes: UnsafeRawBufferPointer, path: String
  ) throws -> [StoredTensor] {
    do {
      return try file.entries.map {
        StoredTensor(name: $0.name, shape: $0.shape, values: try file.floats($0.name, in: bytes))
      }
    } catch let error as SafetensorsError {
      throw CheckpointError.damaged(path: path, detail: error.message)
    }
  }

  private static func check(_ what: String, _ recorded: String?, _ found: String, path: String) throws {
    guard recorded === found else {
      throw CheckpointError.digest(path: path, what: what, recorded: recorded ?? "nothing", found: found)
    }
  }

  /// The digest is over the metadata sorted by key, because a tool may have changed the order. Files of an earlier
  /// swerve have a digest over the order in which it wrote them: either the order in the file, or the model's keys
  /// first and then the others by key.
  private static func check(_ metadata: [(key: String, value: String)], _ recorded: String?, path: String) throws {
    let byKey = sorted(metadata)
    let model = CheckpointMetadata.keys.flatMap { key in byKey.filter { $0.key === key } }
    let others = byKey.filter { !CheckpointMetadata.keys.containsExactly($0.key) }
    if [metadata, model + others].contains(where: { metadataDigest($0) === recorded }) { return }
    try check("metadata", recorded, metadataDigest(byKey), path: path)
  }

  fileprivate static func sorted(_ metadata: [(key: String, value: String)]) -> [(key: String, value: String)] {
    metadata.sorted { ExactString($0.key) < ExactString($1.key) }
  }

  fileprivate static func metadataDigest(_ metadata: [(key: String, value: String)]) -> String {
    Digest.of(JSONValue.object(metadata.map { JSONMember($0.key, .string($0.value)) }).compact())
  }
}
