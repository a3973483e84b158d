import SwerveFiles
import SwerveText

/// The first difference between a re-execution and its record.
package struct ReplayDifference: Equatable, Sendable {
  package let path: String
  package let stage: String
  package let step: Int
  package let item: ComparedItem
  package let recorded: ComparedValue
  package let recomputed: ComparedValue
  /// nil if there is no distance: for a digest, null, NaN, or a missing value.
  package let ulps: Int?
  /// The point from which the record does not agree with its own hashes; nil if it was not edited.
  package let chainBreak: ChainBreak?
  /// Possible causes, and the results of a closer examination; one sentence each.
  package var findings: [String] = []
  /// The first weight that differs from the computed one, in the first recorded checkpoint at or after the step.
  package var weight: TensorDifference?

  package init(
    path: String, stage: String, step: Int, item: ComparedItem, recorded: ComparedValue, recomputed: ComparedValue,
    ulps: Int?, chainBreak: ChainBreak?
  ) {
    self.path = path
    self.stage = stage
    self.step = step
    self.item = item
    self.recorded = recorded
    self.recomputed = recomputed
    self.ulps = ulps
    self.chainBreak = chainBreak
  }

  /// What differs, as people see it: a metric, "weights", "step".
  package var name: String { item.name }

  package var message: String {
    let (then, now) = ComparedValue.texts(recorded, recomputed)
    let values = "the record says \(then), the re-execution gives \(now)"
    let place = "step \(step) of stage \(stage): \(name): \(values)\(ComparedValue.distanceText(ulps))"
    guard let chainBreak else { return "\(path): \(place)" }
    let isHere = chainBreak.stage === stage && chainBreak.step == step
    return "\(path):\(chainBreak.line): \(place). "
      + (isHere
        ? "The hash chain breaks at this step: the line was edited after it was written"
        : "Besides, \(chainBreak.text)")
  }

  package var hint: String {
    if chainBreak != nil { return "restore the file from a copy, or run the script again" }
    let advice =
      findings.isEmpty
      ? ["`swerve doctor` tests the math, and the manifest says which machine and versions recorded it"] : findings
    return (["the record is intact, so what computes has changed"] + advice).joined(separator: "\n  ")
  }

  package var json: JSONValue {
    [
      "run": .string(path), "stage": .string(stage), "step": .integer(step), "name": .string(name),
      "recorded": recorded.json, "recorded_bits": recorded.bits, "recomputed": recomputed.json,
      "recomputed_bits": recomputed.bits, "ulps": ulps.map { .integer($0) } ?? .null,
      "edited": .bool(chainBreak != nil), "findings": .array(findings.map { .string($0) }),
      "weight": weight?.json ?? .null,
    ]
  }
}
