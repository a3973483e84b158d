import SwerveText

/// The first place where a re-execution and its record disagree.
package struct ReplayDifference: Equatable, Sendable {
  package let path: String
  package let stage: String
  package let step: Int
  /// The metric; "weights" for the digest of all weights; "step" when one side has no such step.
  package let name: String
  package let recorded: ComparedValue
  package let recomputed: ComparedValue
  /// nil where there is no distance: a digest, null, NaN, something missing.
  package let ulps: Int?
  /// Where the record stops agreeing with its own hashes; nil when it was not touched.
  package let chainBreak: ChainBreak?
  /// What may have led here, and what a closer look showed; one sentence each.
  package var findings: [String] = []
  /// Of the first recorded checkpoint from the step on, the first weight that is not what was computed.
  package var weight: TensorDifference?

  package init(
    path: String, stage: String, step: Int, name: String, recorded: ComparedValue, recomputed: ComparedValue,
    ulps: Int?, chainBreak: ChainBreak?
  ) {
    self.path = path
    self.stage = stage
    self.step = step
    self.name = name
    self.recorded = recorded
    self.recomputed = recomputed
    self.ulps = ulps
    self.chainBreak = chainBreak
  }

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
