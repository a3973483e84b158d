import SwerveFiles
import SwerveRL
import SwerveText

/// How a run ended. A run without a result was killed or is still running.
package enum RunStatus: Equatable, Sendable {
  case complete
  case interrupted
  /// With the error's message.
  case failed(String)
}

/// One stage of a result.
package struct StageResult: Equatable, Sendable {
  package let name: String
  package let kind: String
  /// The number of finished steps.
  package let steps: Int
  /// SHA-256 of the weights after the last step; nil if no step was finished.
  package let weightsSHA256: String?
  /// The checkpoint's path inside the run folder; nil if the stage did not end.
  package let checkpoint: String?
  /// The metrics of the last step.
  package let metrics: [Metric]

  package init(name: String, kind: String, steps: Int, weightsSHA256: String?, checkpoint: String?, metrics: [Metric]) {
    self.name = name
    self.kind = kind
    self.steps = steps
    self.weightsSHA256 = weightsSHA256
    self.checkpoint = checkpoint
    self.metrics = metrics
  }
}

/// What result.json holds.
package struct RunResult: Equatable, Sendable {
  package static let format = 2

  package let status: RunStatus
  package let stages: [StageResult]
  /// The hash chain after the last step.
  package let chain: String
  /// SHA-256 of samples.jsonl.
  package let samplesSHA256: String

  package init(status: RunStatus, stages: [StageResult], chain: String, samplesSHA256: String) {
    self.status = status
    self.stages = stages
    self.chain = chain
    self.samplesSHA256 = samplesSHA256
  }

  /// The number of finished steps in all stages.
  package var steps: Int { stages.reduce(0) { $0 + $1.steps } }
  /// SHA-256 of the last stage's weights; nil if no step was finished.
  package var weightsSHA256: String? { stages.last { $0.weightsSHA256 != nil }?.weightsSHA256 }
  /// The metrics of the last step of the run.
  package var metrics: [Metric] { stages.last { $0.steps > 0 }?.metrics ?? [] }

  /// The last field is the digest of all others. With it, a flipped bit is found without reading any other file.
  package var json: JSONValue {
    var members: [JSONMember] = [
      JSONMember("swerve_result", .integer(Self.format)), JSONMember("status", .string(status.state.rawValue)),
    ]
    if case .failed(let message) = status { members.append(JSONMember("error", .string(message))) }
    members += [
      JSONMember("steps", .integer(steps)), JSONMember("stages", .array(stages.map(\.json))),
      JSONMember("metrics", StepLine.json(metrics)),
      JSONMember("weights_sha256", weightsSHA256.map(JSONValue.string) ?? .null),
      JSONMember("chain", .string(chain)), JSONMember("samples_sha256", .string(samplesSHA256)),
    ]
    return .withOwnDigest(members)
  }

  private static let fields = [
    "swerve_result", "status", "error", "steps", "stages", "metrics", "weights_sha256", "chain", "samples_sha256",
    "sha256",
  ]

  /// - Throws: `FileError.notJSON`, `.badField`, `.formatVersion`, `.file`.
  package static func read(_ path: String) throws -> RunResult {
    let file = try JSONFile.object(path)
    let format = try file.integer("swerve_result")
    guard format == Self.format else {
      throw FileError.formatVersion(path: path, what: "result", found: format, expected: Self.format)
    }
    try file.requireFields(fields, of: "results")
    try checkDigest(file)
    return RunResult(
      status: try status(file),
      stages: try file.elements("stages").map { try StageResult(JSONLine(value: $0, path: path, line: nil)) },
      chain: try file.string("chain"), samplesSHA256: try file.string("samples_sha256"))
  }

  /// Checks the file's own digest. Results of early runs have none.
  private static func checkDigest(_ file: JSONLine) throws {
    if file.value["sha256"] == nil { return }
    let recorded = try file.string("sha256")
    let found = file.value.expectedOwnDigest
    if recorded !== found { throw RecordError.fileChanged(path: file.path, recorded: recorded, found: found) }
  }

  private static func status(_ file: JSONLine) throws -> RunStatus {
    switch try file.string("status") {
    case "complete": return .complete
    case "interrupted": return .interrupted
    case "failed": return .failed(try file.string("error"))
    case let word: throw file.bad("status", found: "\"\(word)\"", expected: "complete, interrupted or failed")
    }
  }
}

extension RunResult {
  /// Checks that each stage's entry agrees with the stage's last line of metrics.jsonl.
  /// - Throws: FileError.badField that names the stage and what differs.
  func requireSameEnds(as steps: [StepLine], path: String) throws {
    for stage in stages {
      guard let last = steps.last(where: { $0.stage === stage.name }) else { continue }
      func require(_ field: String, _ found: String, _ expected: String) throws {
        if found === expected { return }
        throw FileError.badField(
          path: path, line: nil, field: "\(field) of stage \(stage.name)", found: found,
          expected: "\(expected), as the last line of metrics.jsonl has it")
      }
      try require("steps", "\(stage.steps)", "\(last.step)")
      try require("metrics", StepLine.json(stage.metrics).compact(), StepLine.json(last.metrics).compact())
      try require("weights_sha256", stage.weightsSHA256 ?? "nothing", last.weights)
    }
  }
}

extension StageResult {
  var json: JSONValue {
    [
      "name": .string(name), "kind": .string(kind), "steps": .integer(steps), "metrics": StepLine.json(metrics),
      "weights_sha256": weightsSHA256.map(JSONValue.string) ?? .null,
      "checkpoint": checkpoint.map(JSONValue.string) ?? .null,
    ]
  }

  init(_ object: JSONLine) throws {
    name = try object.string("name")
    kind = try object.string("kind")
    steps = try object.count("steps")
    metrics = try object.metrics("metrics")
    weightsSHA256 = try object.optionalString("weights_sha256")
    checkpoint = try object.optionalString("checkpoint")
    if let checkpoint, !RunFiles.isSafe(checkpoint) {
      throw object.bad("checkpoint", found: checkpoint.debugDescription, expected: "a path inside the run folder")
    }
  }
}
