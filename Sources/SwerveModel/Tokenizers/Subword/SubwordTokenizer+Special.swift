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
