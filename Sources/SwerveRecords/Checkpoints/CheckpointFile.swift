import SwerveFiles
import SwerveModel
import SwerveText

/// A tensor that was read from a file.
package struct CheckpointTensor: Equatable, Sendable {
  package let name: String
  package let shape: [Int]
  package let values: [Float]

  package init(name: String, shape: [Int], values: [Float]) {
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// A checkpoint that was verified. Its file stays mapped: values are read from it when they are asked for, so a large
/// model is not in memory a second time.
package struct Checkpoint: Sendable {
  /// The configuration, the tokenizer and other entries of the writer, without the fields that this file format adds.
  package let metadata: [(key: String, value: String)]
  package let weightsSHA256: String
  fileprivate let header: Safetensors
  fileprivate let file: MappedFile

  package func metadata(_ key: String) -> String? { metadata.first { $0.key === key }?.value }

  /// How many tensors there are.
  package var count: Int { header.entries.count }

  /// Every tensor with a copy of its values, in the order of the file.
  package var tensors: [CheckpointTensor] {
    header.entries.map { CheckpointTensor(name: $0.name, shape: $0.shape, values: values($0)) }
  }

  /// Every tensor's name and shape, in the order of the file.
  package var shapes: [(name: String, shape: [Int])] { header.entries.map { ($0.name, $0.shape) } }

  /// The shape of a tensor; nil if there is no such tensor.
  package func shape(_ name: String) -> [Int]? { try? header.entry(name).shape }

  /// A copy of the values of a tensor; nil if there is no such tensor.
  package func values(_ name: String) -> [Float]? { (try? header.entry(name)).map(values) }

  /// Copies the values of a tensor.
  /// - Precondition: there is a tensor of this name, and `target` has room for its values.
  package func copy(_ name: String, to target: UnsafeMutablePointer<Float>) {
    guard let entry = try? header.entry(name) else { preconditionFailure("there is no tensor \(name)") }
    UnsafeMutableRawPointer(target).copyMemory(
      from: file.bytes.baseAddress! + entry.range.lowerBound, byteCount: entry.range.count)
  }

  private func values(_ entry: Safetensors.Entry) -> [Float] {
    [Float](unsafeUninitializedCapacity: entry.count) { buffer, initialized in
      if let base = buffer.baseAddress { copy(entry.name, to: base) }
      initialized = entry.count
    }
  }

  /// SHA-256 of the content: tensors and metadata by name. Files with different bytes can have the same content,
  /// because tools that load and save safetensors write the header in another order.
  package var contentSHA256: String {
    Digest.of(weightsSHA256 + "\n" + CheckpointFile.metadataDigest(CheckpointFile.sorted(metadata)))
  }

  /// The digest of the tensors whose names are wanted, as `Digest.ofWeights` makes it.
  package func digest(where isWanted: (String) -> Bool) -> String {
    Digest.ofWeights(header.entries.filter { isWanted($0.name) }, in: file.bytes)
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
    let head = try Safetensors.head(metadata: metadata + own, tensors: tensors)
    try POSIXFile.writeAtomically(to: path) { write in
      try write(head[...])
      for tensor in tensors { try Safetensors.write(tensor) { try POSIXFile.forEachPiece(of: $0, write) } }
    }
    return digest
  }

  /// Maps the file and checks both digests.
  /// - Throws: `CheckpointError` for a file that is missing, cut off, damaged, of another tool or changed; `FileError` for
  ///   one that can't be read.
  package static func read(_ path: String) throws -> Checkpoint {
    let (header, mapped) = try open(path)
    for entry in header.entries where entry.dtype != .f32 {
      let error = SafetensorsError(tensor: entry.name, "dtype", found: entry.dtype.rawValue, expected: "F32")
      throw CheckpointError.damaged(path: path, detail: error.message)
    }
    let metadata = header.metadata.filter { !ownKeys.containsExactly($0.key) }
    let digest = Digest.ofWeights(header.entries, in: mapped.bytes)
    try check("weights", header.metadata("weights_sha256"), digest, path: path)
    try check(metadata, header.metadata("metadata_sha256"), path: path)
    return Checkpoint(metadata: metadata, weightsSHA256: digest, header: header, file: mapped)
  }

  /// What the header of a checkpoint says. The weights are not read and nothing is compared with its digest: that is done
  /// where the weights are loaded.
  /// - Throws: `CheckpointError` for a file that is missing, cut off, damaged or of another tool; `FileError` for one
  ///   that can't be read.
  package static func metadata(_ path: String) throws -> [(key: String, value: String)] {
    try open(path).header.metadata
  }

  /// How many parameters a checkpoint holds, without those of a critic, by its header alone.
  /// - Throws: as `metadata`; ModelError for a header that describes no model.
  package static func size(_ path: String) throws -> (parameters: Int, areAdapters: Bool) {
    let header = try open(path).header
    let configuration = try CheckpointMetadata.configuration { header.metadata($0) }
    return (configuration.parameters, configuration.adapters != nil)
  }

  private static func open(_ path: String) throws -> (header: Safetensors, file: MappedFile) {
    guard POSIXFile.kind(path) != nil else { throw CheckpointError.missing(path: path) }
    let file = try MappedFile(path)
    let header: Safetensors
    do {
      header = try Safetensors(file.bytes)
    } catch let error as SafetensorsError {
      throw error.kind == .cutOff
        ? CheckpointError.truncated(path: path, detail: error.message)
        : CheckpointError.damaged(path: path, detail: error.message)
    }
    let found = header.metadata("format")
    guard found === format else {
      throw CheckpointError.foreign(path: path, found: found.map { "\"\($0.excerpt())\"" } ?? "missing")
    }
    return (header, file)
  }

  private static func check(_ what: String, _ recorded: String?, _ found: String, path: String) throws {
    guard recorded === found else {
      throw CheckpointError.digest(path: path, what: what, recorded: recorded?.excerpt() ?? "nothing", found: found)
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
