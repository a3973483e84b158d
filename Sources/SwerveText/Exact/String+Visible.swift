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
}
