import SwerveModel

/// A place in a text where the reference model is expected to be unsure or wrong, and the right character there.
package struct CriticalToken: Equatable, Sendable {
  /// Characters (Unicode scalars) from the start of the generated text.
  package let offset: Int
  package let character: Unicode.Scalar
  /// One of the task's `criticalGroups`, such as `step_2/comma`: what is measured together.
  package let group: String
  /// More about it, such as `step_2/operand_1/n+1_comma`.
  package let name: String

  package init(offset: Int, character: Unicode.Scalar, group: String, name: String) {
    self.offset = offset
    self.character = character
    self.group = group
    self.name = name
  }
}

/// A critical token among the tokens of an episode.
struct CriticalProbe: Equatable {
  /// Of the token that has the place, among the generated ones.
  let index: Int
  /// The tokens that go on right in its place: up to the right character as the text does, and with that character. With one token
  /// for each character, the character's.
  let right: [Int32]
  let group: String
}

/// Finds critical tokens in the tokens of texts.
struct CriticalTokenFinder {
  private let tokenizer: any Tokenizer
  /// By what they begin with; only looked up.
  private var found: [[UInt8]: [Int32]] = [:]

  init(_ tokenizer: any Tokenizer) { self.tokenizer = tokenizer }

  /// - Parameter places: in the text of `tokens`; those past its end are left out.
  mutating func probes(_ places: [CriticalToken], in tokens: [Int32]) -> [CriticalProbe] {
    if places.isEmpty { return [] }
    let spans = TokenSpans(tokens, tokenizer)
    return places.compactMap { place in
      guard let index = spans.token(ofCharacter: place.offset),
        let start = spans.tokenStart(beforeCharacter: place.offset)
      else { return nil }
      return CriticalProbe(index: index, right: right(start + String(place.character).utf8), group: place.group)
    }
  }

  private mutating func right(_ start: ArraySlice<UInt8>) -> [Int32] {
    if let known = found[Array(start)] { return known }
    let tokens = tokenizer.tokens(beginningWith: start)
    found[Array(start)] = tokens
    return tokens
  }
}

extension [CriticalProbe] {
  /// A column with 1 at the critical tokens and 0 elsewhere.
  /// - Parameter count: tokens of the generated text; what is beyond them is left out.
  func marks(count: Int) -> [Float] {
    var column = [Float](repeating: 0, count: count)
    for probe in self where probe.index < count { column[probe.index] = 1 }
    return column
  }
}
