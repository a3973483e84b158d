import Testing

@testable import SwerveReports

@Suite struct TokenPictureTests {
  /// The parts of a picture with a class, each as it is written.
  private func parts(_ picture: TokenPicture, _ start: String) -> [String] {
    picture.svg().split(separator: "\n").map(String.init).filter { $0.hasPrefix(start) }
  }

  private func picture(
    _ tokens: [(piece: String, weight: Double, isCritical: Bool)], prompt: String = ""
  ) -> TokenPicture {
    TokenPicture(
      title: "a rule", prompt: prompt,
      tokens: tokens.map {
        TokenPicture.Token(piece: $0.piece, weight: $0.weight, isCritical: $0.isCritical, note: $0.piece)
      })
  }

  /// The five boxes of the legend come last.
  private func boxes(_ picture: TokenPicture) -> [String] { parts(picture, "<rect").dropLast(5) }

  private func lines(_ picture: TokenPicture) -> [String] {
    parts(picture, "<text class=\"k\"").map { line in
      String(line.split(separator: ">", maxSplits: 1)[1]).replacing("</text>", with: "")
    }
  }

  @Test func shadesATokenTheMoreTheLowerItsWeight() {
    let found = boxes(
      picture([("a", 1, false), ("b", 0.5, false), ("c", 0, false), ("d", -2, false), ("e", 7, false)]))
    #expect(found.count == 5)
    for (box, expected) in zip(found, ["\"f1\" 0", "\"f1\" 0.38", "\"f1\" 0.75", "\"f0\" 0.75", "\"f1\" 0"]) {
      let words = expected.split(separator: " ")
      #expect(box.contains("class=\(words[0])") && box.contains("fill-opacity=\"\(words[1])\""), "\(box)")
    }
  }

  @Test func doesNotShadeAWeightThatIsNoNumber() {
    #expect(boxes(picture([("a", .nan, false)]))[0].contains("fill-opacity=\"0\""))
  }

  @Test func showsTheEndOfALineAsATokenAndNotInThePrompt() {
    let picture = picture([("1", 0, false), ("\n", 0, false), ("2", 0, false), ("\n", 0, false)], prompt: "sum:\n")
    #expect(lines(picture) == ["sum:", "1\u{21B5}", "2\u{21B5}"])
    #expect(boxes(picture).count == 4)
  }

  @Test func continuesALongTextOnTheNextLine() {
    let long = String(repeating: "x", count: 100)
    let found = lines(picture([(long, 0, false)]))
    #expect(found.count == 2 && found.joined() == long)
    #expect(boxes(picture([(long, 0, false)])).count == 2)
  }

  @Test func underlinesCriticalTokensAndSaysWhatThatMeans() {
    let none = picture([("a", 0, false)])
    #expect(parts(none, "<path class=\"u\"").isEmpty && !none.svg().contains("critical"))
    let one = picture([("a", 0, true), ("b", 0, false)])
    #expect(parts(one, "<path class=\"u\"").count == 2 && one.svg().contains("critical, as the task says"))
  }

  @Test func escapesMarkupOfTexts() {
    let svg = picture([("<b>&\"", 0, false)], prompt: "</text><script>").svg()
    #expect(!svg.contains("<script") && !svg.contains("<b>") && svg.contains("&lt;b&gt;&amp;&quot;"))
  }
}
