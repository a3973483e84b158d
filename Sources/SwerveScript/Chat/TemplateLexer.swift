import SwerveText

/// What a chat template can't be read or evaluated for. Nothing is guessed: such a template is one that swerve does not know.
struct TemplateError: Error, Equatable {
  @ExactString private(set) var message: String
  /// Whether the template itself refuses the messages, by its function raise_exception.
  let isRefusal: Bool

  init(message: String, isRefusal: Bool = false) {
    self.message = message
    self.isRefusal = isRefusal
  }
}

/// A part of a template: text, or a tag with its words.
enum TemplatePart {
  case text(String)
  /// `{{ ... }}`
  case output([TemplateToken])
  /// `{% ... %}`
  case statement([TemplateToken])
}

enum TemplateToken: Equatable {
  case name(String)
  case string(String)
  case integer(Int)
  case symbol(String)

  static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.name(let a), .name(let b)), (.string(let a), .string(let b)), (.symbol(let a), .symbol(let b)): a === b
    case (.integer(let a), .integer(let b)): a == b
    default: false
    }
  }
}

/// Cuts a Jinja template into its parts, with white space as transformers sets Jinja up: `trim_blocks` and `lstrip_blocks`.
struct TemplateLexer {
  private let source: [Unicode.Scalar]
  private var place = 0
  private var parts: [TemplatePart] = []
  /// Of one tag, so that no expression is nested too deep for the stack.
  private static let mostTokens = 1000
  private static let symbols = ["==", "!=", "<=", ">=", "//", "**"]

  private init(_ text: String) {
    var source = Array(text.replacingExactly("\r\n", with: "\n").unicodeScalars)
    // Jinja drops one line end at the end of a template.
    if source.last == "\n" { source.removeLast() }
    self.source = source
  }

  static func parts(_ text: String) throws(TemplateError) -> [TemplatePart] {
    var lexer = TemplateLexer(text)
    try lexer.run()
    return lexer.parts
  }

  private mutating func run() throws(TemplateError) {
    var text: [Unicode.Scalar] = []
    while place < source.count {
      guard let kind = tagStart else {
        text.append(source[place])
        place += 1
        continue
      }
      place += 2
      strip(&text, before: kind)
      if !text.isEmpty { parts.append(.text(Self.string(text))) }
      text = []
      if kind == "#" {
        try skipComment()
        continue
      }
      let tokens = try tokens(until: kind == "{" ? "}}" : "%}")
      parts.append(kind == "{" ? .output(tokens) : .statement(tokens))
    }
    if !text.isEmpty { parts.append(.text(Self.string(text))) }
  }

  /// What follows the brace of a tag that starts here.
  private var tagStart: Unicode.Scalar? {
    guard source[place] == "{", place + 1 < source.count, ["{", "%", "#"].contains(source[place + 1]) else {
      return nil
    }
    return source[place + 1]
  }

  /// Removes white space in front of a tag. The place is behind its two first characters.
  private mutating func strip(_ text: inout [Unicode.Scalar], before kind: Unicode.Scalar) {
    if place < source.count, source[place] == "-" {
      place += 1
      while text.last.map(Self.isSpace) == true { text.removeLast() }
    } else if place < source.count, source[place] == "+" {
      place += 1
    } else if kind != "{" {
      // lstrip_blocks: a tag that is the first of its line. A tag before it on the line leaves no text or no line start here.
      let line = text.reversed().prefix { $0 == " " || $0 == "\t" }.count
      let start = text.count - line
      let isFirst = start > 0 ? text[start - 1] == "\n" : isAtLineStart(textCount: text.count)
      if isFirst { text.removeLast(line) }
    }
  }

  /// Whether the text that ends at the tag began at the start of a line.
  private func isAtLineStart(textCount: Int) -> Bool {
    let start = place - 2 - textCount
    return start <= 0 || source[start - 1] == "\n"
  }

  private mutating func skipComment() throws(TemplateError) {
    while place + 1 < source.count, source[place] != "#" || source[place + 1] != "}" { place += 1 }
    guard place + 1 < source.count else { throw TemplateError(message: "a comment has no end") }
    let isStripped = source[place - 1] == "-"
    place += 2
    skipAfterTag(isStripped: isStripped, isBlock: true)
  }

  /// trim_blocks takes one line end behind a tag that is no output.
  private mutating func skipAfterTag(isStripped: Bool, isBlock: Bool) {
    if isStripped {
      while place < source.count, Self.isSpace(source[place]) { place += 1 }
    } else if isBlock, place < source.count, source[place] == "\n" {
      place += 1
    }
  }

  private mutating func tokens(until end: String) throws(TemplateError) -> [TemplateToken] {
    var tokens: [TemplateToken] = []
    while place < source.count {
      let scalar = source[place]
      if Self.isSpace(scalar) {
        place += 1
      } else if at(end) {
        place += 2
        skipAfterTag(isStripped: false, isBlock: end == "%}")
        return tokens
      } else if scalar == "-", at(end, 1) {
        place += 3
        skipAfterTag(isStripped: true, isBlock: end == "%}")
        return tokens
      } else if tokens.count == Self.mostTokens {
        throw TemplateError(message: "a tag has more than \(Self.mostTokens) words")
      } else if scalar == "'" || scalar == "\"" {
        tokens.append(.string(try string(quote: scalar)))
      } else if isWordScalar(scalar) {
        tokens.append(try word())
      } else if let symbol = Self.symbols.first(where: { at($0) }) {
        tokens.append(.symbol(symbol))
        place += 2
      } else {
        tokens.append(.symbol(String(scalar)))
        place += 1
      }
    }
    throw TemplateError(message: "a tag has no end")
  }

  private func at(_ text: String, _ offset: Int = 0) -> Bool {
    source[min(place + offset, source.count)...].starts(with: text.unicodeScalars)
  }

  private mutating func word() throws(TemplateError) -> TemplateToken {
    let start = place
    while place < source.count, isWordScalar(source[place]) { place += 1 }
    let text = Self.string(source[start..<place])
    guard ("0"..."9").contains(source[start]) else { return .name(text) }
    guard let number = Int(text) else { throw TemplateError(message: "it uses the number \(text)") }
    return .integer(number)
  }

  private mutating func string(quote: Unicode.Scalar) throws(TemplateError) -> String {
    var text = String.UnicodeScalarView()
    place += 1
    while place < source.count, source[place] != quote {
      if source[place] == "\\" {
        place += 1
        text.append(try escape())
      } else {
        text.append(source[place])
      }
      place += 1
    }
    guard place < source.count else { throw TemplateError(message: "a string has no end") }
    place += 1
    return String(text)
  }

  private func escape() throws(TemplateError) -> Unicode.Scalar {
    let known: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"",
    ]
    guard place < source.count, let scalar = known[source[place]] else {
      throw TemplateError(message: "a string has an escape that swerve does not know")
    }
    return scalar
  }

  private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  /// White space as Python's `str.isspace` has it.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
  }
}
