import SwerveTensor
import SwerveText

/// A model's shape and tokenizer as the text metadata of a checkpoint.
package enum CheckpointMetadata {
  /// In the order of `make`, for a GPT-2 as it is pre-trained here and a tokenizer of characters.
  package static let keys = [
    "model", "layers", "heads", "width", "context", "vocabulary", "positions", "value_head_width", "alphabet",
  ]

  /// In this order: the model's numbers, its kind of positions, and the tokenizer.
  package static func make(
    _ c: ModelConfiguration, tokenizer: TokenizerIdentity
  ) -> [(key: String, value: String)] {
    let shape: [(key: String, value: String)] = [
      ("model", c.family.name), ("layers", "\(c.layers)"), ("heads", "\(c.heads)"), ("width", "\(c.width)"),
      ("context", "\(c.context)"), ("vocabulary", "\(c.vocabulary)"), ("positions", c.positions.rawValue),
      ("value_head_width", "\(c.valueHeadWidth)"),
    ]
    return shape + ShapeFact.facts(of: c) + (c.adapters?.facts ?? []) + (c.classifier?.facts ?? []) + tokenizer.metadata
  }

  /// - Parameters:
  ///   - value: looks a key up.
  ///   - kinds: of tokenizers.
  /// - Throws: ModelError that names the key that is missing or not a number, or whose value is not known.
  package static func read(
    _ value: @escaping (String) -> String?, kinds: [TokenizerKind] = TokenizerKind.all
  ) throws -> (configuration: ModelConfiguration, tokenizer: any Tokenizer) {
    let configuration = try configuration(value)
    let metadata = MetadataText(value)
    return (configuration, try tokenizer(value(TokenizerKind.metadataKey), among: kinds) { try metadata.text($0) })
  }

  /// The shape alone.
  /// - Throws: as `read`, without the tokenizer.
  package static func configuration(_ value: @escaping (String) -> String?) throws -> ModelConfiguration {
    let metadata = MetadataText(value)
    let name = try metadata.text("model")
    guard let family = ModelFamily.all.first(where: { $0.name === name }) else {
      let known = ModelFamily.all.map(\.name).joined(separator: " or ")
      throw ModelError("model", found: name, expected: known)
    }
    guard let positions = PositionEncoding(rawValue: try metadata.text("positions")) else {
      throw ModelError("positions", found: try metadata.text("positions"), expected: "learned or rotary")
    }
    func number(ifGiven key: String) throws -> Int? { value(key) == nil ? nil : try metadata.number(key) }
    let facts = try ShapeFact.all.filter { family != .gpt2 || value($0.key) != nil }.map {
      ($0, try metadata.text($0.key))
    }
    var configuration = try ModelConfiguration(
      family: family, layers: metadata.number("layers"), heads: metadata.number("heads"),
      width: metadata.number("width"),
      context: metadata.number("context"), vocabulary: metadata.number("vocabulary"), positions: positions,
      keyValueHeads: number(ifGiven: ShapeFact.keyValueHeads.key), headWidth: number(ifGiven: ShapeFact.headWidth.key),
      innerWidth: number(ifGiven: ShapeFact.innerWidth.key),
      tokenTypes: number(ifGiven: ShapeFact.tokenTypes.key) ?? 0, valueHeadWidth: metadata.number("value_head_width"))
    for (fact, found) in facts {
      guard fact.read(found, &configuration) else {
        throw ModelError(fact.key, found: found, expected: fact.expected)
      }
    }
    configuration.adapters = try LowRankAdapters(metadata: value)
    configuration.classifier = try Classifier(metadata: value)
    try configuration.check()
    return configuration
  }

  /// - Parameters:
  ///   - name: of its kind; nil: the metadata name none.
  ///   - fact: looks a key of the metadata up; throws where it is missing.
  private static func tokenizer(
    _ name: String?, among kinds: [TokenizerKind], _ fact: (_ key: String) throws -> String
  ) throws -> any Tokenizer {
    let name = name ?? TokenizerKind.unnamed.name
    guard let kind = kinds.first(where: { $0.name === name }) else {
      let known = kinds.map(\.name).joined(separator: " or ")
      throw ModelError(TokenizerKind.metadataKey, found: name, expected: known)
    }
    do {
      return try kind.make(fact)
    } catch let error as TokenizerError {
      throw ModelError("the checkpoint's metadata define no tokenizer: \(error.message)")
    }
  }

  /// Checks that a checkpoint's tokenizer and tensors are those of a configuration. Nothing is made for one that they do
  /// not fit, whatever sizes it asks for.
  /// - Parameters:
  ///   - tensors: how many there are.
  ///   - shape: of a tensor; nil if there is none of that name.
  /// - Throws: ModelError that names the tensor that is missing or has another shape, or the numbers of tokens.
  package static func check(
    _ configuration: ModelConfiguration, tokenizer: any Tokenizer, tensors: Int, shape: (String) -> [Int]?
  ) throws(ModelError) {
    if !tokenizer.fits(rows: configuration.vocabulary) {
      throw ModelError(
        "the checkpoint's metadata say vocabulary = \(configuration.vocabulary), but their tokenizer has "
          + "\(tokenizer.vocabularySize) tokens")
    }
    if configuration.layers > tensors {
      throw ModelError("the checkpoint's metadata say \(configuration.layers) layers, but it holds \(tensors) tensors")
    }
    for entry in ParameterLayout(configuration).entries {
      guard let found = shape(entry.name) else {
        throw ModelError("the checkpoint lacks tensor \(entry.name) of its configuration")
      }
      if found != entry.shape {
        throw ModelError("tensor \(entry.name) of the checkpoint has shape \(found), expected \(entry.shape)")
      }
    }
  }
}
