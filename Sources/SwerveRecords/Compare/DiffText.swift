import SwerveFiles
import SwerveText

extension Difference {
  /// "step 12 of stage prioritized: kl_k2: 0.0123 (0x3c4985f0) against 0.0124 (0x3c4b295f), 107631 ulps apart"
  package var text: String {
    let place = "step \(step) of stage \(stage): "
    if item == .step {
      return place + (a == .missing ? "only b has it (\(b.text))" : "only a has it (\(a.text))")
    }
    let (left, right) = ComparedValue.texts(a, b)
    return place + "\(name): \(left) against \(right)\(ComparedValue.distanceText(ulps))"
  }

  /// How the difference continues after the first step; nil if it is a single step.
  fileprivate var continuation: String? {
    guard count > 1 else { return nil }
    guard let largest else { return "differs in \(count) steps" }
    let distance = largest.absolute.map { "|a - b| = \($0)" } ?? "no finite distance"
    let ulps = largest.ulps.map { $0 == 1 ? ", 1 ulp" : ", \($0) ulps" } ?? ""
    return "differs in \(count) steps, most at step \(largest.step): \(distance)\(ulps)"
  }

  package var json: JSONValue {
    [
      "stage": .string(stage), "step": .integer(step), "name": .string(name), "a": a.json, "a_bits": a.bits,
      "b": b.json, "b_bits": b.bits, "ulps": ulps.map { .integer($0) } ?? .null, "steps": .integer(count),
      "largest": largest?.json ?? .null, "decided_by": .string(decidedBy.text),
    ]
  }
}

extension LargestDistance {
  package var json: JSONValue {
    [
      "step": .integer(step), "a": .float(a), "b": .float(b), "abs": absolute.map { .double($0) } ?? .null,
      "ulps": ulps.map { .integer($0) } ?? .null,
    ]
  }
}

extension InputDifference {
  package var text: String {
    let (left, right) = toldApart(a?.compact() ?? "nothing", b?.compact() ?? "nothing")
    return "\(name): \(left) against \(right)"
  }

  package var json: JSONValue { ["name": .string(name), "a": a ?? .null, "b": b ?? .null] }
}

extension DiffReport {
  /// Text for people: the first difference, then the two sides, then the other metrics, inputs and remarks.
  /// - Parameters:
  ///   - limit: how many further metrics to list.
  ///   - showsInputs: false if the causes are shown elsewhere.
  ///   - showsEdits: false if edited files are shown elsewhere.
  package func text(limit: Int = 20, showsInputs: Bool = true, showsEdits: Bool = true) -> String {
    var lines: [String] = []
    if let first = firstDifference {
      lines.append(first.text)
      if let continuation = first.continuation { lines.append("  " + continuation) }
      if first.decidedBy != .exact { lines.append("  \(first.decidedBy.text)") }
    } else {
      lines.append("no difference in \(stepsCompared) steps")
    }
    lines.append("  a: \(a)")
    lines.append("  b: \(b)")
    lines += rest(limit: limit)
    lines += toleratedLines
    if showsInputs { lines += section("inputs that differ:", inputs.map(\.text)) }
    lines += section("notes:", (showsEdits ? edited.map { "an edited file: " + $0 } : []) + notes)
    return lines.joined(separator: "\n") + "\n"
  }

  /// Values that passed although their bits differ; empty if all bits are the same.
  package var toleratedLines: [String] {
    section(
      "within tolerance:",
      tolerated.map {
        "\($0.name) of stage \($0.stage): \($0.count) \($0.count == 1 ? "step" : "steps"), \($0.decidedBy.text)"
      })
  }

  private func rest(limit: Int) -> [String] {
    // Digests say nothing that people can read.
    let rest = differences.dropFirst()
    let others = rest.filter { !$0.item.isDigest } + rest.filter(\.item.isDigest)
    var texts = others.prefix(limit).map { other in
      other.text + (other.continuation.map { "; " + $0 } ?? "")
    }
    if others.count > limit { texts.append("and \(others.count - limit) more; --json lists all") }
    return section("then:", texts)
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : [title] + lines.map { "  " + $0 }
  }

  package var json: JSONValue {
    [
      "same": .bool(isSameAndIntact), "a": .string(a), "b": .string(b), "steps_compared": .integer(stepsCompared),
      "first": firstDifference?.json ?? .null, "differences": .array(differences.map(\.json)),
      "tolerated": .array(tolerated.map(\.json)), "inputs": .array(inputs.map(\.json)),
      "edited": .array(edited.map { .string($0) }), "notes": .array(notes.map { .string($0) }),
    ]
  }
}
