import SwerveFiles
import SwerveText

/// The position from which a run can resume: what is complete, and how long the growing files were then. A resumed run
/// writes everything beyond that again, with the same bytes.
///
/// `checkpoints/position.json`, replaced atomically after each checkpoint that it names was written.
package struct RunPosition: Equatable {
  static let format = 2

  /// The snapshot of a stage that is not finished.
  package struct Snapshot: Equatable {
    @ExactString package private(set) var stage: String
    /// Steps done, at least 1.
    package let step: Int
    /// The file's name in the checkpoints folder.
    @ExactString package private(set) var file: String
    /// The digest in the checkpoint itself.
    @ExactString package private(set) var weightsSHA256: String

    var json: JSONValue {
      [
        "stage": .string(stage), "step": .integer(step), "file": .string(file),
        "weights_sha256": .string(weightsSHA256),
      ]
    }

    package init(stage: String, step: Int, file: String, weightsSHA256: String) {
      self.stage = stage
      self.step = step
      self.file = file
      self.weightsSHA256 = weightsSHA256
    }

    init(_ line: JSONLine) throws {
      stage = try line.string("stage")
      step = try line.count("step")
      let file = try line.string("file")
      // The file is read, and removed after the run has resumed.
      guard RunFiles.isSafe(file), !file.containsExactly("/") else {
        throw line.bad("file", found: file.debugDescription, expected: "the name of a file in checkpoints/")
      }
      self.file = file
      weightsSHA256 = try line.string("weights_sha256")
    }
  }

  /// The beginning of a file.
  package struct FilePart: Equatable {
    package let bytes: Int
    @ExactString package private(set) var sha256: String

    package init(bytes: Int, sha256: String) {
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  /// How snapshots are kept.
  package struct Keeping: Equatable {
    /// Steps between them; nil: by time.
    package let every: Int?

    package init(every: Int?) {
      self.every = every
    }
  }

  /// The stages whose checkpoints are written, in order.
  package let finished: [StageDigest]
  package let snapshot: Snapshot?
  /// Older snapshots that are kept, in order.
  package var kept: [Snapshot] = []
  /// Set if every snapshot is kept. A resumed run then keeps its snapshots, too.
  package var keeping: Keeping?
  /// The hash chain after the last step that counts.
  package let chain: String
  package let metricsBytes: Int
  package let samplesBytes: Int
  /// The digest of the samples that count.
  package let samplesSHA256: String
  /// The part of classification.jsonl that counts; nil where nothing was written there.
  package let classification: FilePart?

  package init(
    finished: [StageDigest], snapshot: Snapshot?, kept: [Snapshot] = [], keeping: Keeping? = nil, chain: String,
    metricsBytes: Int, samplesBytes: Int, samplesSHA256: String, classification: FilePart? = nil
  ) {
    self.finished = finished
    self.snapshot = snapshot
    self.kept = kept
    self.keeping = keeping
    self.chain = chain
    self.metricsBytes = metricsBytes
    self.samplesBytes = samplesBytes
    self.samplesSHA256 = samplesSHA256
    self.classification = classification
  }

  private var content: [JSONMember] {
    let kept = keeping.map { [JSONMember("keep_every", $0.every.map { .integer($0) } ?? .null)] } ?? []
    let classified = classification.map {
      [
        JSONMember("classification_bytes", .integer($0.bytes)),
        JSONMember("classification_sha256", .string($0.sha256)),
      ]
    }
    return (state.members ?? []) + kept + (classified ?? [])
  }

  private var state: JSONValue {
    [
      "swerve_position": .integer(Self.format),
      "finished": .array(finished.map { ["stage": .string($0.stage), "weights_sha256": .string($0.weights)] }),
      "snapshot": snapshot.map(\.json) ?? .null, "kept": .array(kept.map(\.json)),
      "chain": .string(chain), "metrics_bytes": .integer(metricsBytes), "samples_bytes": .integer(samplesBytes),
      "samples_sha256": .string(samplesSHA256),
    ]
  }

  /// The last field is the digest of all others, so that a flipped bit is found.
  package var json: JSONValue {
    .withOwnDigest(content)
  }

  /// - Throws: FileError for a file that was changed after it was written.
  package static func read(_ path: String) throws -> RunPosition {
    let file = try JSONFile.object(path)
    let format = try file.integer("swerve_position")
    guard format == Self.format else {
      throw FileError.formatVersion(path: path, what: "position", found: format, expected: Self.format)
    }
    let position = RunPosition(
      finished: try file.elements("finished").map {
        let stage = JSONLine(value: $0, path: path, line: nil)
        return StageDigest(stage: try stage.string("stage"), weights: try stage.string("weights_sha256"))
      },
      snapshot: try snapshot(file),
      kept: try file.elements("kept").map { try Snapshot(JSONLine(value: $0, path: path, line: nil)) },
      keeping: try keeping(file),
      chain: try file.string("chain"), metricsBytes: try file.count("metrics_bytes"),
      samplesBytes: try file.count("samples_bytes"), samplesSHA256: try file.string("samples_sha256"),
      classification: try classification(file))
    let recorded = try file.string("sha256")
    // The digest is over the parsed content, which is what a run resumes with.
    let found = JSONValue.ownDigest(of: position.content)
    guard recorded === found else {
      throw file.bad("sha256", found: "\"\(recorded)\"", expected: "\(found), the digest of the rest")
    }
    return position
  }

  private static func classification(_ file: JSONLine) throws -> FilePart? {
    if file.value["classification_bytes"] == nil { return nil }
    return FilePart(
      bytes: try file.count("classification_bytes"), sha256: try file.string("classification_sha256"))
  }

  private static func keeping(_ file: JSONLine) throws -> Keeping? {
    guard let every = file.value["keep_every"] else { return nil }
    return Keeping(every: every == .null ? nil : try file.count("keep_every"))
  }

  private static func snapshot(_ file: JSONLine) throws -> Snapshot? {
    let value = try file.field("snapshot", expected: "an object or null")
    if value == .null { return nil }
    return try Snapshot(JSONLine(value: .object(try file.members("snapshot")), path: file.path, line: nil))
  }
}
