import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// A stage in the stage cache: what a run would write for it, and its model.
struct StoredStage {
  /// The lines of metrics.jsonl, without the chain and the values that are not compared.
  let steps: [JSONLine]
  /// Lines of samples.jsonl.
  let samples: [JSONValue]
  let model: LoadedModel

  /// - Parameter place: the entry's folder.
  /// - Throws: CheckpointError or FileError for an entry that was changed after it was written, or that has another
  ///   key.
  init(_ place: String, _ key: StageKey, mode: MathMode) throws {
    let path = place + "/stage.json"
    let file = try JSONFile.object(path)
    let recorded = try file.string("sha256")
    let found = file.value.expectedOwnDigest
    guard recorded === found else { throw file.bad("sha256", found: recorded, expected: found) }
    guard try file.integer("swerve_stage") == StageCache.format, file.value["key"] == key.facts else {
      throw file.bad("key", found: "another stage", expected: key.name)
    }
    let weights = place + "/weights.safetensors"
    let checkpoint = try CheckpointFile.read(weights)
    guard checkpoint.weightsSHA256 === (try file.string("weights_sha256")) else {
      throw CheckpointError.digest(
        path: weights, what: "weights", recorded: try file.string("weights_sha256"), found: checkpoint.weightsSHA256)
    }
    steps = try file.elements("steps").map { JSONLine(value: $0, path: path, line: nil) }
    samples = try file.elements("samples")
    model = try CheckpointLoading.model(checkpoint, path: weights, mode: mode)
  }

  /// The content of stage.json for a stage that a run has finished.
  static func content(
    _ key: StageKey, stage: String, of run: RunFolder, weightsSHA256: String
  ) throws -> JSONValue {
    var steps: [JSONValue] = []
    try JSONFile.forEachLine(run.metrics) { line in
      guard try line.string("stage") === stage else { return }
      steps.append(.object((line.value.members ?? []).filter { !["chain", "not_compared"].containsExactly($0.key) }))
    }
    var samples: [JSONValue] = []
    try JSONFile.forEachLine(run.samples) { line in
      if try line.string("stage") === stage { samples.append(line.value) }
    }
    return .withOwnDigest([
      JSONMember("swerve_stage", .integer(StageCache.format)), JSONMember("key", key.facts),
      JSONMember("steps", .array(steps)), JSONMember("samples", .array(samples)),
      JSONMember("weights_sha256", .string(weightsSHA256)),
    ])
  }
}
