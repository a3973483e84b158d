import SwerveText

/// A kind of tokenizer: how one is made from what a checkpoint says of it.
package struct TokenizerKind: Sendable {
  /// As checkpoints say it.
  package let name: String
  /// - Parameter fact: looks a key of the metadata up; throws where it is missing.
  private let make: @Sendable (_ fact: (_ key: String) throws -> String) throws -> any Tokenizer

  package init(
    name: String, make: @escaping @Sendable (_ fact: (_ key: String) throws -> String) throws -> any Tokenizer
  ) {
    self.name = name
    self.make = make
  }

  /// All that a checkpoint may name: a new tokenizer is a file and a row here.
  package static let all: [TokenizerKind] = [.characters]

  /// The kind of checkpoints that do not name one: the only one that earlier versions had.
  static let unnamed = TokenizerKind.characters
  /// Under which a checkpoint names the kind.
  static let metadataKey = "tokenizer"

  /// - Parameters:
  ///   - kinds: those that may be named.
  ///   - value: looks a key of the metadata up.
  /// - Throws: ModelError for metadata that name no kind of these or do not define a tokenizer.
  static func tokenizer(
    among kinds: [TokenizerKind], _ value: (_ key: String) -> String?
  ) throws -> any Tokenizer {
    let name = value(metadataKey) ?? unnamed.name
    guard let kind = kinds.first(where: { $0.name === name }) else {
      let known = kinds.map(\.name).joined(separator: " or ")
      throw ModelError("the checkpoint's metadata say \(metadataKey) = \(name), expected \(known)")
    }
    do {
      return try kind.make { key in try CheckpointMetadata.text(key, value) }
    } catch let error as TokenizerError {
      throw ModelError("the checkpoint's metadata define no tokenizer: \(error.message)")
    }
  }
}
