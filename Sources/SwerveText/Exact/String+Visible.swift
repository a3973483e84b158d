extension String {
  /// The text as a terminal may show it: control characters of one byte or two, other than line ends and tabs, become
  /// escapes. So the text of a stranger's script can't move the cursor or change colors.
  package var visible: String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
    guard unicodeScalars.contains(where: isControl) else { return self }
    return unicodeScalars.map { isControl($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
  }
  /// The text on one line, with line ends, quotation marks, backslashes and control characters as escapes.
  package var escaped: String { String(debugDescription.unicodeScalars.dropFirst().dropLast()) }
}

/// Two different texts, in a form in which a reader sees the difference. Where they look the same because they are
/// canonically equivalent, everything that is not ASCII is shown as escapes.
package func toldApart(_ a: String, _ b: String) -> (String, String) {
  func escaped(_ text: String) -> String {
    text.unicodeScalars.map { $0.isASCII ? String($0) : $0.escaped(asASCII: true) }.joined()
  }
  let (left, right) = (a.visible, b.visible)
  // Swift's own comparison is right here: it tells whether they look the same.
  return left.elementsEqual(right) && left !== right ? (escaped(left), escaped(right)) : (left, right)
}
