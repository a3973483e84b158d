import SwerveFiles
import SwerveRL
import SwerveText

/// The recorded part of one step that is compared: one line of metrics.jsonl or of a golden file.
package struct StepLine: Equatable, Sendable {
  package let stage: String
  /// From 1.
  package let step: Int
  package let metrics: [Metric]
  /// SHA-256 of the weights after the step; nil for a step whose weights were not hashed.
  package let weights: String?
  /// Why the stage ended after this step, before its last one; nil: it did not.
  package let stopped: String?

  package init(stage: String, step: Int, metrics: [Metric], weights: String?, stopped: String? = nil) {
    self.stage = stage
    self.step = step
    self.metrics = metrics
    self.weights = weights
    self.stopped = stopped
  }

  /// - Parameter hasDigest: whether the weights are hashed; nil: where the record says so.
  /// - Throws: RecordError.repeatedMetric if two metrics have the same name, because no reader could distinguish them.
  package init(_ record: StepRecord, hasDigest: Bool? = nil) throws {
    var seen: Set<ExactString> = []
    for metric in record.metrics where !seen.insert(ExactString(metric.name)).inserted {
      throw RecordError.repeatedMetric(stage: record.stage, step: record.step, name: metric.name)
    }
    self.init(
      stage: record.stage, step: record.step, metrics: record.metrics,
      weights: hasDigest ?? record.hasDigest ? Digest.ofWeights(record.weights) : nil, stopped: record.stopped)
  }

  /// The part that is hashed and compared, keys in fixed order: stage, step, metrics, `weights` where they were hashed,
  /// and `stopped` where the stage ended early.
  package var json: JSONValue {
    var members = [
      JSONMember("stage", .string(stage)), JSONMember("step", .integer(step)),
      JSONMember("metrics", Self.json(metrics)),
    ]
    if let weights { members.append(JSONMember(Self.weightsKey, .string(weights))) }
    if let stopped { members.append(JSONMember(Self.stoppedKey, .string(stopped))) }
    return .object(members)
  }

  private static let weightsKey = "weights"
  static let stoppedKey = "stopped"
  /// The keys of what is hashed, in order.
  static let keys = ["stage", "step", "metrics", weightsKey, stoppedKey]
  /// Those that a line may lack.
  private static let optionalKeys = [weightsKey, stoppedKey]

  /// Whether an evaluation was made after this step.
  package var isEvaluated: Bool { metrics.contains { Self.isEvaluation($0.name) } }

  /// Whether a metric comes from an evaluation. Metrics such as success/train do not: they are measured while
  /// collecting.
  package static func isEvaluation(_ name: String) -> Bool { MetricTable.isEvaluation(name) }

  package static func json(_ metrics: [Metric]) -> JSONValue {
    .object(metrics.map { JSONMember($0.name, .float($0.value)) })
  }

  /// Equal bit for bit; any NaN equals any other NaN.
  package static func == (a: StepLine, b: StepLine) -> Bool {
    a.stage === b.stage && a.step == b.step && a.weights === b.weights && a.stopped === b.stopped
      && a.metrics.count == b.metrics.count
      && zip(a.metrics, b.metrics).allSatisfy { $0.name === $1.name && ExactText.same($0.value, $1.value) }
  }
}

extension StepLine {
  /// Reads a line; further keys (chain, not_compared) are left to the caller.
  package init(_ line: JSONLine) throws {
    stage = try line.string("stage")
    step = try line.count("step")
    metrics = try line.metrics("metrics")
    weights = line.value[Self.weightsKey] == nil ? nil : try line.string(Self.weightsKey)
    stopped = line.value[Self.stoppedKey] == nil ? nil : try line.string(Self.stoppedKey)
  }

  /// The canonical text of a parsed line, with every number as the line has it. The chain hashes this text.
  package static func canonicalText(_ line: JSONLine) -> String {
    let members = keys.compactMap { key -> JSONMember? in
      let value = line.value[key]
      return value == nil && optionalKeys.containsExactly(key) ? nil : JSONMember(key, value ?? .null)
    }
    return JSONValue.object(members).compact()
  }
}

extension JSONLine {
  /// Reads an object of exact numbers; null stands for a metric that had nothing to measure.
  package func metrics(_ name: String) throws -> [Metric] {
    try members(name).map { member in
      if member.value == .null { return Metric(member.key, nil) }
      guard let value = member.value.float else {
        let expected = "a number of Float's range, null, \"nan\", \"inf\" or \"-inf\""
        throw bad("\(name).\(member.key)", found: Self.shown(member.value), expected: expected)
      }
      return Metric(member.key, value)
    }
  }
}
