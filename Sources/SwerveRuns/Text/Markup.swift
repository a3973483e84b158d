/// Text of users in XML and HTML: reports, charts, JUnit.
enum Markup {
  /// For text and for attributes in double quotes; characters that XML 1.0 can't hold become U+FFFD, and so do the controls of two
  /// bytes, which it discourages.
  /// - Parameter isAttribute: line ends and tabs, which would become spaces in an attribute, are written as numbers.
  static func escaped(_ text: String, isAttribute: Bool = false) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n" where isAttribute, "\t" where isAttribute: result += "&#\(scalar.value);"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case _ where scalar.properties.generalCategory == .control || [0xFFFE, 0xFFFF].contains(scalar.value):
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}
