import SwerveFiles
import SwerveRL
import SwerveScript
import SwerveText

extension RuleView {
  /// The prompt and the answer with each token shaded by the rule's weight: a picture for papers and pages.
  package func svg() -> String {
    let numbers = inspection.coefficients.map { ", \($0.name) \($0.value.map(ExactText.text) ?? "-")" }.joined()
    return TokenPicture(
      title: "\(script): stage \(stage.name), step \(step) of \(stage.steps)\(numbers)",
      prompt: inspection.prompt,
      tokens: inspection.tokens.map { token in
        func short(_ value: Float) -> String { DisplayNumber.short(Double(value)) }
        return TokenPicture.Token(
          piece: token.piece, weight: Double(token.weight), isCritical: token.isCritical,
          note:
            "\(String(reflecting: token.text)): weight \(short(token.weight)), certainty \(short(token.certainty)), "
            + "policy \(short(token.policy)), reference \(short(token.reference))")
      }
    ).svg()
  }
}
