import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveScript
import SwerveText

extension RuleView {
  /// - Parameter paint: shades a token's text by its weight; nil: no colours.
  package func text(paint: ((_ text: String, _ weight: Float) -> String)?) -> String {
    let numbers = inspection.coefficients.map { " \($0.name) \($0.value.map(ExactText.text) ?? "-")" }.joined()
    var rows = [
      [
        "stage", "\(stage.name), step \(step) of \(stage.steps)\(hasRule ? "" : ", without a rule: every weight is 1")",
      ],
      ["policy", policy], ["reference", reference], ["prompt", String(reflecting: inspection.prompt)],
      ["reward", ExactText.text(inspection.reward)],
    ]
    if !numbers.isEmpty { rows.insert(["rule", String(numbers.unicodeScalars.dropFirst())], at: 1) }
    if paint == nil { rows.append(["answer", String(reflecting: inspection.answer)]) }
    var text = TextTable.text(rows) + "\n"
    if let paint {
      text += inspection.tokens.map { paint($0.piece, $0.weight) }.joined()
      text += text.endsExactly(with: "\n") ? "\n" : "\n\n"
      text += "weight " + [0, 0.25, 0.5, 0.75, 1].map { paint(" \(ExactText.text($0)) ", $0) }.joined() + "\n\n"
    }
    let head = ["AT", "TOKEN", "CERTAINTY", "WEIGHT", "", "POLICY", "REFERENCE", "CRITICAL"]
    let most = max(1, inspection.tokens.map(\.weight.magnitude).max() ?? 1)
    return text
      + TextTable.text(
        [head]
          + inspection.tokens.enumerated().map { index, token in
            [
              "\(index + 1)", String(reflecting: token.text), Self.short(token.certainty), Self.short(token.weight),
              Self.bar(token.weight.magnitude / most), Self.short(token.policy), Self.short(token.reference),
              token.isCritical ? "critical" : "",
            ]
          })
  }

  private static func short(_ value: Float) -> String { DisplayNumber.short(Double(value), digits: 4) }

  /// A bar of eight characters for a share of 1.
  private static func bar(_ share: Float) -> String {
    let eighths = Int((share * 64).rounded())
    let last = eighths % 8 == 0 ? "" : String(Unicode.Scalar(UInt32(0x2590 - eighths % 8)) ?? " ")
    return String(repeating: "\u{2588}", count: eighths / 8) + last
  }

  package var json: JSONValue {
    [
      "script": .string(script), "stage": .string(stage.name), "step": .integer(step),
      "seed": .integer(seed), "policy": .string(policy), "reference": .string(reference),
      "prompt": .string(inspection.prompt), "answer": .string(inspection.answer),
      "reward": .float(inspection.reward), "rule": StepLine.json(inspection.coefficients),
      "tokens": .array(
        inspection.tokens.map { token in
          [
            "text": .string(token.text), "certainty": .float(token.certainty), "weight": .float(token.weight),
            "policy": .float(token.policy), "reference": .float(token.reference), "critical": .bool(token.isCritical),
          ]
        }),
    ]
  }
}
