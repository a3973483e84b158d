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
  /// SHA-256 of the stage's result, which its checkpoint has: the weights after its best step where it keeps that one,
  /// else after the last step. Of a stage that did not end, those after the last step; nil if no step was finished.
  package let weightsSHA256: String?
  /// The checkpoint's path inside the run folder; nil if the stage did not end.
  package let checkpoint: String?
  /// The metrics of the last step.
  package let metrics: [Metric]
  /// Why the stage ended before its last step; nil: it did not.
  package let stopped: String?
  /// The step that gives the result, of a stage that ended and keeps its best one.
  package let best: BestStep?
  /// SHA-256 of the weights after the last step, where `best` is set.
  package let lastWeightsSHA256: String?

  package init(
    name: String, kind: String, steps: Int, weightsSHA256: String?, checkpoint: String?, metrics: [Metric],
    stopped: String? = nil, best: BestStep? = nil, lastWeightsSHA256: String? = nil
  ) {
    self.stopped = stopped
    self.best = best
    self.lastWeightsSHA256 = lastWeightsSHA256
    self.name = name
    self.kind = kind
    self.steps = steps
    self.weightsSHA256 = weightsSHA256
    self.checkpoint = checkpoint
    self.metrics = metrics
  }
}

extension StageResult {
  /// The same stage with the metrics of another step.
  package func with(metrics: [Metric]) -> StageResult {
    StageResult(
      name: name, kind: kind, steps: steps, weightsSHA256: weightsSHA256, checkpoint: checkpoint, metrics: metrics,
      stopped: stopped, best: best, lastWeightsSHA256: lastWeightsSHA256)
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
  /// SHA-256 of classification.jsonl; nil for a run without that file.
  package let classificationSHA256: String?

  package init(
    status: RunStatus, stages: [StageResult], chain: String, samplesSHA256: String, classificationSHA256: String? = nil
  ) {
    self.status = status
    self.stages = stages
    self.chain = chain
    self.samplesSHA256 = samplesSHA256
    self.classificationSHA256 = classificationSHA256
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
    if let classificationSHA256 { members.append(JSONMember("classification_sha256", .string(classificationSHA256))) }
    return .withOwnDigest(members)
  }

  private static let fields = [
    "swerve_result", "status", "error", "steps", "stages", "metrics", "weights_sha256", "chain", "samples_sha256",
    "classification_sha256", "sha256",
  ]

  /// - Throws: `FileError.notJSON`, `.badField`, `.formatVersion`, `.file`.
  package static func read(_ path: String) throws -> RunResult { try read(JSONFile.object(path)) }

  /// The same for a file whose content was read already.
  package static func read(_ file: JSONLine) throws -> RunResult {
    let path = file.path
    let format = try file.integer("swerve_result")
    guard format == Self.format else {
      throw FileError.formatVersion(path: path, what: "result", found: format, expected: Self.format)
    }
    try file.requireFields(fields, of: "results")
    try checkDigest(file)
    return RunResult(
      status: try status(file),
      stages: try file.elements("stages").map { try StageResult(JSONLine(value: $0, path: path, line: nil)) },
      chain: try file.string("chain"), samplesSHA256: try file.string("samples_sha256"),
      classificationSHA256: file.value["classification_sha256"] == nil
        ? nil : try file.string("classification_sha256"))
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
  /// Checks that each stage's entry agrees with the stage's lines of metrics.jsonl.
  /// - Throws: FileError.badField that names the stage and what differs.
  func requireSameEnds(as steps: [StepLine], path: String) throws {
    for stage in stages {
      guard let last = steps.last(where: { $0.stage === stage.name }) else { continue }
      func require(_ field: String, _ found: String, _ expected: String) throws {
        if found === expected { return }
        throw FileError.badField(
          path: path, line: nil, field: "\(field) of stage \(stage.name)", found: found,
          expected: "\(expected), as metrics.jsonl has it")
      }
      try require("steps", "\(stage.steps)", "\(last.step)")
      try require("metrics", StepLine.json(stage.metrics).compact(), StepLine.json(last.metrics).compact())
      try require("stopped", stage.stopped ?? "nothing", last.stopped ?? "nothing")
      guard let best = stage.best else {
        try require("weights_sha256", stage.weightsSHA256 ?? "nothing", last.weights ?? "nothing")
        continue
      }
      try require("last_weights_sha256", stage.lastWeightsSHA256 ?? "nothing", last.weights ?? "nothing")
      var found = BestStep(by: best.by)
      for line in steps where line.stage === stage.name { found.add(step: line.step, line.metrics) }
      try require("best", best.json.compact(), found.json.compact())
      let line = steps.last { $0.stage === stage.name && $0.step == found.found?.step } ?? last
      try require("weights_sha256", stage.weightsSHA256 ?? "nothing", line.weights ?? "nothing")
    }
  }
}

extension StageResult {
  var json: JSONValue {
    var members = [
      JSONMember("name", .string(name)), JSONMember("kind", .string(kind)), JSONMember("steps", .integer(steps)),
      JSONMember("metrics", StepLine.json(metrics)),
      JSONMember("weights_sha256", weightsSHA256.map(JSONValue.string) ?? .null),
      JSONMember("checkpoint", checkpoint.map(JSONValue.string) ?? .null),
    ]
    if let stopped { members.append(JSONMember("stopped", .string(stopped))) }
    if let best { members.append(JSONMember("best", best.json)) }
    if let lastWeightsSHA256 { members.append(JSONMember("last_weights_sha256", .string(lastWeightsSHA256))) }
    return .object(members)
  }

  init(_ object: JSONLine) throws {
    name = try object.string("name")
    kind = try object.string("kind")
    steps = try object.count("steps")
    metrics = try object.metrics("metrics")
    weightsSHA256 = try object.optionalString("weights_sha256")
    checkpoint = try object.optionalString("checkpoint")
    stopped = object.value["stopped"] == nil ? nil : try object.string("stopped")
    lastWeightsSHA256 =
      object.value["last_weights_sha256"] == nil ? nil : try object.string("last_weights_sha256")
    best = try object.value["best"].map { _ in
      try BestStep(JSONLine(value: .object(try object.members("best")), path: object.path, line: nil))
    }
    if let checkpoint, !RunFiles.isSafe(checkpoint) {
      throw object.bad("checkpoint", found: checkpoint.debugDescription, expected: "a path inside the run folder")
    }
  }
}
