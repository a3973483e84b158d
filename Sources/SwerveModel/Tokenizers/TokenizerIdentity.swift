import SwerveText

/// What tells a tokenizer from any other: two with the same identity make the same tokens of every text.
package struct TokenizerIdentity: Equatable, Sendable, CustomStringConvertible {
  /// The name of its `TokenizerKind`.
  package let kind: String
  /// What defines it among those of its kind, such as an alphabet or the digest of a file, by the keys of a checkpoint's metadata.
  package let facts: [(key: String, value: String)]
  /// What messages call it, and how they show which one it is.
  private let noun: String
  private let shown: String

  package init(kind: String, facts: [(key: String, value: String)]) {
    let list = facts.map { "\($0.key) \(String(reflecting: $0.value))" }.joined(separator: ", ")
    self.init(kind: kind, facts: facts, noun: "tokenizer", shown: facts.isEmpty ? kind : "\(kind) (\(list))")
  }

  /// - Parameters:
  ///   - noun: what messages call it.
  ///   - shown: which one it is, after the noun.
  package init(kind: String, facts: [(key: String, value: String)], noun: String, shown: String) {
    self.kind = kind
    self.facts = facts
    self.noun = noun
    self.shown = shown
  }

  /// What a checkpoint says of it. The kind is not named where it is the one that checkpoints without a name have.
  package var metadata: [(key: String, value: String)] {
    (kind === TokenizerKind.unnamed.name ? [] : [(TokenizerKind.metadataKey, kind)]) + facts
  }

  package static func == (a: Self, b: Self) -> Bool {
    a.kind === b.kind && a.facts.map(\.key).areExactly(b.facts.map(\.key))
      && a.facts.map(\.value).areExactly(b.facts.map(\.value))
  }

  /// As in "the alphabet \"ab\"".
  package var description: String { "the \(noun) \(shown)" }

  /// As in "alphabet is \"ab\"".
  package var statement: String { "\(noun) is \(shown)" }

  /// For a sentence that has named another one: without the noun where both have the same.
  package func description(beside other: Self) -> String { noun === other.noun ? shown : description }
}
