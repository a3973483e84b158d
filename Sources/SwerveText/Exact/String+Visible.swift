extension String {
  /// The text as a terminal may show it: controls other than line ends and tabs, those of one byte and of two, are escapes. The
  /// words of a stranger's script move no cursor and paint nothing.
  package var visible: String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
    guard unicodeScalars.contains(where: isControl) else { return self }
    return unicodeScalars.map { isControl($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
  }
}
