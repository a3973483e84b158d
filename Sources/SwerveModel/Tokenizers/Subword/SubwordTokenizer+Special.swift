extension SubwordTokenizer {
  /// Tokens of a text with the model's special tokens around it, and the type of each.
  package struct Marked: Equatable, Sendable {
    package var tokens: [Int32]
    /// Which of two texts a token belongs to, as BERT is told it.
    package var types: [Int32]

    package init(tokens: [Int32] = [], types: [Int32] = []) {
      self.tokens = tokens
      self.types = types
    }
  }

  /// The token with a role; nil: the model has none, or its files do not say it.
  package subscript(role: SpecialRole) -> Int32? { special[role] }

  /// The text after the tokens that the tokenizer's template puts in front, such as the beginning of a text. A text that
  /// spells them itself, as some chat formats do, does not get them twice.
  package func encodePrompt(_ text: String) throws -> [Int32] {
    let tokens = try encode(text)
    var start: [Int32] = []
    for part in definition.template.single {
      guard case .token(let token, _) = part else { break }
      start.append(token)
    }
    return tokens.starts(with: start) ? tokens : start + tokens
  }

  /// What stands behind a text is kept where the text is cut. A limit without room for any token of the text cuts what stands
  /// around it, too.
  package func encodeWhole(_ text: String, limit: Int) throws -> (tokens: [Int32], isCut: Bool) {
    let own = try encode(text)
    let parts = definition.template.single
    let around = parts.count { if case .token = $0 { true } else { false } }
    let room = max(0, limit - around)
    var tokens: [Int32] = []
    for part in parts {
      if case .token(let token, _) = part { tokens.append(token) } else { tokens += own.prefix(room) }
    }
    return (Array(tokens.prefix(limit)), own.count > room)
  }

  /// One text or two, with what the model expects around: the beginning of a text, or [CLS] and [SEP].
  /// - Throws: TokenizerError as `encode`.
  package func encodeWithSpecial(_ text: String, and second: String? = nil) throws -> Marked {
    let firstTokens = try encode(text)
    let secondTokens = try second.map { try encode($0) } ?? []
    var marked = Marked()
    func add(_ tokens: [Int32], type: Int32) {
      marked.tokens += tokens
      marked.types += [Int32](repeating: type, count: tokens.count)
    }
    for part in second == nil ? definition.template.single : definition.template.pair {
      switch part {
      case .first(let type): add(firstTokens, type: type)
      case .second(let type): add(secondTokens, type: type)
      case .token(let token, let type): add([token], type: type)
      }
    }
    return marked
  }
}
