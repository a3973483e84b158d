import SwerveText

/// What stands around a text for a model, or around two: the beginning of a text, or [CLS] and [SEP].
package struct TokenTemplate: Equatable, Sendable {
  package enum Part: Equatable, Sendable {
    /// The first text, with the type of its tokens.
    case first(type: Int32)
    case second(type: Int32)
    case token(Int32, type: Int32)
  }

  package var single: [Part]
  package var pair: [Part]

  /// Nothing around.
  package static let plain = TokenTemplate(single: [.first(type: 0)], pair: [.first(type: 0), .second(type: 1)])

  /// Tokens before each text and after it.
  package static func around(before: [Int32], after: [Int32]) -> TokenTemplate {
    func around(_ text: Part, type: Int32) -> [Part] {
      before.map { .token($0, type: type) } + [text] + after.map { .token($0, type: type) }
    }
    let first = around(.first(type: 0), type: 0)
    return TokenTemplate(single: first, pair: first + around(.second(type: 1), type: 1))
  }

  /// The special tokens in it, each once.
  var tokens: [Int32] {
    (single + pair).compactMap { if case .token(let token, _) = $0 { token } else { nil } }.distinct
  }
}
