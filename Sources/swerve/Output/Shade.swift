import SwerveRuns

/// Colours behind the tokens of a text on standard output.
enum Shade {
  static let isOn = Console.outputIsTerminal && Terminal.takesEscapes

  /// From free to held, of the 256 colours of terminals: orange, paler and paler; weights near 1 and above have none.
  private static let ramp = [208, 214, 220, 222, 229, 230]

  /// - Parameter weight: of the KL penalty; 1 is the usual one.
  static func paint(_ text: String, weight: Float) -> String {
    guard weight < 0.9 else { return text }
    let color = weight < 0 ? 117 : ramp[min(ramp.count - 1, Int(weight * Float(ramp.count)))]
    // A line's end would shade the rest of the line.
    let shown = text == "\n" ? "\u{21B5}" : text
    let painted = "\u{1B}[48;5;\(color);38;5;16m\(shown)\u{1B}[0m"
    return text == "\n" ? painted + "\n" : painted
  }
}
