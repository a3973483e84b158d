/// Text of users in XML and HTML: reports, charts, JUnit.
package enum Markup {
  /// Escapes text and attributes in double quotes. Characters that XML 1.0 can't contain become U+FFFD, and so do the
  /// two-byte control characters, which it discourages.
  /// - Parameter isAttribute: line ends and tabs, which would become spaces in an attribute, are written as numbers.
  package static func escaped(_ text: String, isAttribute: Bool = false) -> String {
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
