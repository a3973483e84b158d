import SwerveFiles
import SwerveRL
import SwerveText

/// The recorded part of one step that is compared: one line of metrics.jsonl or of a golden file.
package struct StepLine: Equatable, Sendable {
  package let stage: String
  /// From 1.
  package let step: Int
  package let metrics: [Metric]
  /// SHA-256 of the weights after the step.
  package let weights: String

  package init(stage: String, step: Int, metrics: [Metric], weights: String) {
    self.stage = stage
    self.step = step
    self.metrics = metrics
    self.weights = weights
  }

  /// - Throws: RecordError.repeatedMetric if two metrics have the same name, because no reader could distinguish them.
  package init(_ record: StepRecord) throws {
    var seen: Set<ExactString> = []
    for metric in record.metrics where !seen.insert(ExactString(metric.name)).inserted {
      throw RecordError.repeatedMetric(stage: record.stage, step: record.step, name: metric.name)
    }
    self.init(
      stage: record.stage, step: record.step, metrics: record.metrics, weights: Digest.ofWeights(record.weights))
  }

  /// The part that is hashed and compared, keys in fixed order: stage, step, metrics, weights.
  package var json: JSONValue {
    [
      "stage": .string(stage), "step": .integer(step), "metrics": Self.json(metrics), "weights": .string(weights),
    ]
  }

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
    a.stage === b.stage && a.step == b.step && a.weights === b.weights && a.metrics.count == b.metrics.count
      && zip(a.metrics, b.metrics).allSatisfy { $0.name === $1.name && ExactText.same($0.value, $1.value) }
  }
}

extension StepLine {
  /// Reads a line; further keys (chain, not_compared) are left to the caller.
  package init(_ line: JSONLine) throws {
    stage = try line.string("stage")
    step = try line.count("step")
    metrics = try line.metrics("metrics")
    weights = try line.string("weights")
  }

  /// The canonical text of a parsed line, with every number as the line has it. The chain hashes this text.
  package static func canonicalText(_ line: JSONLine) -> String {
    let keys = ["stage", "step", "metrics", "weights"]
    return JSONValue.object(keys.map { JSONMember($0, line.value[$0] ?? .null) }).compact()
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
