import SwerveText

/// Commands for people to copy, quoted so that a shell reads the given words.
package enum Shell {
  /// A command line that passes exactly these words to a program.
  package static func text(_ words: [String]) -> String { words.map(word).joined(separator: " ") }

  /// One word. Characters that move the cursor, change the direction of writing or are invisible are written as escapes
  /// (`$'...'`, in POSIX since 2024). So the copied command is what is shown.
  package static func word(_ text: String) -> String {
    if text.unicodeScalars.contains(where: { isHidden($0) && $0 != "\n" }) { return "$'\(escaped(text))'" }
    if !text.isEmpty, text.utf8.allSatisfy(isPlain), text.utf8.first != UInt8(ascii: "=") { return text }
    let parts = text.unicodeScalars.split(separator: "'", omittingEmptySubsequences: false).map { String($0) }
    return "'" + parts.joined(separator: "'\\''") + "'"
  }

  /// The path of a file as an argument of a program. A leading dash would be read as an option, so such a path starts
  /// with "./".
  package static func path(_ path: String) -> String { path.beginsExactly(with: "-") ? "./" + path : path }

  /// A text in which `\n` and `\\` stand for a line end and a backslash. A shell passes both as they are written.
  package static func unescaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var isEscape = false
    for scalar in text.unicodeScalars {
      if !isEscape && scalar == "\\" {
        isEscape = true
        continue
      }
      if isEscape && scalar != "n" && scalar != "\\" { result.append("\\") }
      result.append(isEscape && scalar == "n" ? "\n" : scalar)
      isEscape = false
    }
    return String(result) + (isEscape ? "\\" : "")
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...0xff:
      true
    default: "/._-=,+:%@".utf8.contains(byte)
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
  }

  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\\", "'": "\\\(scalar)"
      case _ where isHidden(scalar): String(scalar).utf8.map { "\\" + octal($0) }.joined()
      default: String(scalar)
      }
    }.joined()
  }

  /// Three octal digits.
  private static func octal(_ byte: UInt8) -> String { [6, 3, 0].map { String(byte >> $0 & 7) }.joined() }
}
