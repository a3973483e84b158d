/// A kind of tokenizer: how one is made from what a checkpoint says of it.
package struct TokenizerKind: Sendable {
  /// As checkpoints say it.
  package let name: String
  /// Makes one from its identity's facts. Throws TokenizerError for facts that define none.
  /// - Parameter fact: looks a key of the facts up; throws where it is missing.
  let make: @Sendable (_ fact: (_ key: String) throws -> String) throws -> any Tokenizer

  package init(
    name: String, make: @escaping @Sendable (_ fact: (_ key: String) throws -> String) throws -> any Tokenizer
  ) {
    self.name = name
    self.make = make
  }

  /// The kind of checkpoints that do not name one: the only one that earlier versions had.
  static let unnamed = TokenizerKind.characters
  /// Under which a checkpoint names the kind.
  static let metadataKey = "tokenizer"
}
