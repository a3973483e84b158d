import SwerveText

/// How far a run has come that can go on: what is whole, and how long the growing files were then. What they hold beyond that
/// is written again, to the same bytes.
///
/// `checkpoints/position.json`, replaced at once after each checkpoint that it names.
struct RunPosition: Equatable {
  static let format = 2

  /// A stage that was left in the middle.
  struct Snapshot: Equatable {
    @ExactString private(set) var stage: String
    /// Steps done, at least 1.
    let step: Int
    /// The file's name in the checkpoints folder.
    @ExactString private(set) var file: String
    /// As the checkpoint itself says it.
    @ExactString private(set) var weightsSHA256: String

    var json: JSONValue {
      [
        "stage": .string(stage), "step": .integer(step), "file": .string(file),
        "weights_sha256": .string(weightsSHA256),
      ]
    }

    init(stage: String, step: Int, file: String, weightsSHA256: String) {
      self.stage = stage
      self.step = step
      self.file = file
      self.weightsSHA256 = weightsSHA256
    }

    init(_ line: JSONLine) throws {
      stage = try line.string("stage")
      step = try line.count("step")
      let file = try line.string("file")
      // It is read, and removed when the run has gone on.
      guard RunFiles.isSafe(file), !file.containsExactly("/") else {
        throw line.bad("file", found: file.debugDescription, expected: "the name of a file in checkpoints/")
      }
      self.file = file
      weightsSHA256 = try line.string("weights_sha256")
    }
  }

  /// How snapshots are kept.
  struct Keeping: Equatable {
    /// Steps between them; nil: by time.
    let every: Int?
  }

  /// Stages whose checkpoint is written, in order.
  let finished: [StageDigest]
  let snapshot: Snapshot?
  /// Older snapshots that stay, in order.
  var kept: [Snapshot] = []
  /// Set where every snapshot stays: whoever goes on with the run keeps them, too.
  var keeping: Keeping?
  /// The hash chain after the last step that counts.
  let chain: String
  let metricsBytes: Int
  let samplesBytes: Int
  /// Of the samples that count.
  let samplesSHA256: String

  private var content: [JSONMember] {
    let kept = keeping.map { [JSONMember("keep_every", $0.every.map { .integer($0) } ?? .null)] } ?? []
    return (state.members ?? []) + kept
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

  /// With the digest of everything before it, so that a flipped bit is found.
  var json: JSONValue {
    .withOwnDigest(content)
  }

  /// - Throws: FileError for a file that is not what was written.
  static func read(_ path: String) throws -> RunPosition {
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
      samplesBytes: try file.count("samples_bytes"), samplesSHA256: try file.string("samples_sha256"))
    let recorded = try file.string("sha256")
    // Of what was understood, which is what a run goes on with.
    let found = JSONValue.ownDigest(of: position.content)
    guard recorded === found else {
      throw file.bad("sha256", found: "\"\(recorded)\"", expected: "\(found), the digest of the rest")
    }
    return position
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
