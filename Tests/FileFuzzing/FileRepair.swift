import SwerveFiles
import SwerveModel
import SwerveRecords
import SwerveRuns
import SwerveTestSupport
import SwerveText

/// Makes a mutated file's own digests right again, as somebody would who means harm: what lies behind them is read, too.
enum FileRepair {
  /// nil where the file can't be read so far.
  /// - Parameter original: the file before it was mutated.
  static func repair(_ kind: FileCorpus.Kind, _ bytes: [UInt8], original: [UInt8]) -> [UInt8]? {
    switch kind {
    case .manifest:
      guard case .object(let members)? = try? JSONParser.parse(bytes), let inputs = JSONValue.object(members)["inputs"]
      else { return nil }
      return text(members, "inputs_sha256", Digest.of(inputs.compact()))
    case .position:
      guard case .object(let members)? = try? JSONParser.parse(bytes) else { return nil }
      let rest = members.filter { $0.key != "sha256" }
      return text(members, "sha256", Digest.of(JSONValue.object(rest).compact()))
    case .checksums:
      let lines = bytes.split(separator: UInt8(ascii: "\n")).dropLast().map {
        String(decoding: $0, as: UTF8.self) + "\n"
      }
      return Array((lines.joined() + "# " + Digest.of(lines.joined()) + "\n").utf8)
    case .pack: return pack(bytes)
    case .weights, .adapters: return header(bytes, original)
    case .metrics, .result, .samples, .classification, .checkpoint, .snapshot, .golden, .index, .gguf, .config,
      .tokenizer,
      .tokenizerConfig, .generationConfig, .chatTemplate, .weightIndex:
      return nil
    }
  }

  /// A header whose length is right, whatever was changed in it: what comes after it is as long as it was.
  private static func header(_ bytes: [UInt8], _ original: [UInt8]) -> [UInt8]? {
    let length = (0..<8).reduce(0) { $0 | Int(original[$1]) << (8 * $1) } + bytes.count - original.count
    guard length > 0, bytes.count >= 8 else { return nil }
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + bytes.dropFirst(8)
  }

  private static func text(_ members: [JSONMember], _ key: String, _ digest: String) -> [UInt8] {
    let repaired = members.map { $0.key == key ? JSONMember(key, .string(digest)) : $0 }
    return Array(JSONValue.object(repaired).pretty().utf8)
  }

  /// Any list in front, with its digest and its header.
  private static func pack(_ bytes: [UInt8]) -> [UInt8]? {
    guard let start = bytes.firstIndex(of: UInt8(ascii: "{")), let end = bytes[start...].firstIndex(of: 0),
      let parsed = try? JSONParser.parse(Array(bytes[start..<end])), case .object(let members) = parsed
    else { return nil }
    let name = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    let rest = members.filter { $0.key != "sha256" }
    let text = text(members, "sha256", Digest.of(JSONValue.object(rest).compact()))
    guard name.utf8.count <= 100 else { return nil }
    let old = (end - start + 511) / 512 * 512 + 512
    return TarHeader.bytes(path: name, bytes: text.count) + TarHeader.padded(text) + bytes.dropFirst(old)
  }

  /// A checkpoint with other metadata or tensors whose digests are right.
  static func checkpoint(_ path: String, _ random: inout TestRandom) throws {
    let whole = try CheckpointFile.read(path)
    var metadata = whole.metadata
    let values = ["0", "-1", "2", "16777216", "9223372036854775807", "1e9", "rotary", "learned", "", "x", "1048577"]
    for _ in 0..<random.within(1...3) where !metadata.isEmpty {
      let place = random.within(0...metadata.count - 1)
      metadata[place].value = values[random.within(0...values.count - 1)]
      if random.within(0...9) == 0 { metadata.remove(at: place) }
    }
    var tensors = whole.tensors
    if random.within(0...2) == 0 { tensors.remove(at: random.within(0...tensors.count - 1)) }
    try write(tensors[...], [], metadata, to: path)
  }

  /// Tensors are borrowed for a call only, hence one call inside of the other.
  private static func write(
    _ tensors: ArraySlice<CheckpointTensor>, _ borrowed: [NamedTensor], _ metadata: [(key: String, value: String)],
    to path: String
  ) throws {
    guard let first = tensors.first else {
      try CheckpointFile.write(path, tensors: borrowed, metadata: metadata)
      return
    }
    try first.values.withUnsafeBufferPointer { values in
      let tensor = NamedTensor(name: first.name, shape: first.shape, values: values)
      try write(tensors.dropFirst(), borrowed + [tensor], metadata, to: path)
    }
  }
}
