import SwerveText

/// How a model knows a token's position.
package enum PositionEncoding: String, Sendable, CaseIterable {
  /// A learned vector for each position (GPT-2).
  case learned
  /// Queries and keys are rotated by an angle (Su et al. 2021); only distances matter.
  case rotary
}

/// A kind of transformer: which layers in which order, with which names in the files.
package struct ModelFamily: Sendable, Equatable {
  /// The name in checkpoints.
  package let name: String
  /// Throws where a configuration asks for what the family does not have.
  let check: @Sendable (ModelConfiguration) throws(ModelError) -> Void
  /// Whether a model gives logits of next tokens; an encoder does not.
  package let predictsTokens: Bool
  let layers: @Sendable (ModelConfiguration) -> ModelLayers

  init(
    name: String, predictsTokens: Bool = true,
    check: @escaping @Sendable (ModelConfiguration) throws(ModelError) -> Void = { _ in },
    layers: @escaping @Sendable (ModelConfiguration) -> ModelLayers
  ) {
    self.name = name
    self.predictsTokens = predictsTokens
    self.check = check
    self.layers = layers
  }

  /// All families that a checkpoint may name. A new family needs a file of its own and an entry here.
  package static let all: [ModelFamily] = [.gpt2, .llama, .qwen2, .qwen3, .bert]

  package static func == (a: ModelFamily, b: ModelFamily) -> Bool { a.name === b.name }
}

/// The shape of a transformer.
///
/// Legend for every shape comment: B texts, T tokens of a text, N tokens of a shard, C width, H heads, V vocabulary, L
/// layers.
package struct ModelConfiguration: Equatable, Sendable {
  package var family = ModelFamily.gpt2
  package var layers: Int
  package var heads: Int
  package var width: Int
  /// The longest text, in tokens.
  package var context: Int
  package var vocabulary: Int
  package var positions: PositionEncoding
  /// What norms of layers add to the variance or the mean square.
  package var layerNormEpsilon: Float = 1e-5
  /// Heads of keys and values. Fewer than `heads`: each serves heads / keyValueHeads heads of queries (grouped-query
  /// attention, Ainslie et al. 2023).
  package var keyValueHeads: Int
  /// Channels of a head.
  package var headWidth: Int
  /// Channels of the MLP's hidden layer.
  package var innerWidth: Int
  /// How rotary positions turn; not used where positions are learned.
  package var rotary = RotaryOptions()
  /// Whether the output weights are the token embedding.
  package var isTied = true
  /// Kinds of token that an encoder tells apart (BERT's segments); 0: none.
  package var tokenTypes = 0
  /// Width of both hidden layers of the value head; 0: the model has none.
  package var valueHeadWidth = 0
  /// The head that gives labels their scores; nil: the model has none.
  package var classifier: Classifier?
  /// What training leaves as it is, in a base model of this shape; nil: nothing.
  package var frozen: FrozenPart?
  /// Low-rank adapters on a base model of this shape, which stays as it is; nil: all weights are the model's own.
  package var adapters: LowRankAdapters?

  /// - Parameters:
  ///   - keyValueHeads: as many as heads if not given.
  ///   - headWidth: width / heads if not given.
  ///   - innerWidth: 4 width if not given.
  ///
  /// Whoever changes a field afterwards calls `check`.
  package init(
    family: ModelFamily = .gpt2, layers: Int, heads: Int, width: Int, context: Int, vocabulary: Int,
    positions: PositionEncoding = .learned, keyValueHeads: Int? = nil, headWidth: Int? = nil, innerWidth: Int? = nil,
    tokenTypes: Int = 0, valueHeadWidth: Int = 0
  ) throws(ModelError) {
    self.family = family
    self.layers = layers
    self.heads = heads
    self.width = width
    self.context = context
    self.vocabulary = vocabulary
    self.positions = positions
    self.valueHeadWidth = valueHeadWidth
    self.keyValueHeads = keyValueHeads ?? heads
    self.headWidth = headWidth ?? (heads > 0 ? width / heads : 0)
    self.innerWidth = innerWidth ?? 4 * max(0, min(width, 1 << 22))
    self.tokenTypes = tokenTypes
    try check(headsDivideWidth: headWidth == nil)
  }

  /// - Throws: ModelError that says which number does not fit, and why.
  package func check() throws(ModelError) { try check(headsDivideWidth: false) }

  /// The parameters of a model, or of its adapters, without those of a critic.
  package var parameters: Int {
    ParameterLayout(self).entries.filter { !$0.role.isValueHead }.reduce(0) { $0 + $1.count }
  }

  /// How many weights a token is multiplied with.
  package var productWeights: Int { ModelLayers(self).plan.productWeights }
}

extension ModelLayers {
  init(_ configuration: ModelConfiguration) { self = configuration.family.layers(configuration) }
}

extension ParameterLayout {
  package init(_ configuration: ModelConfiguration) { self = ModelLayers(configuration).plan.layout }
}

extension Activations {
  package convenience init(_ configuration: ModelConfiguration) { self.init(ModelLayers(configuration)) }
}

extension Workspace {
  package convenience init(_ configuration: ModelConfiguration) { self.init(ModelLayers(configuration)) }
}

/// What is wrong with a model, its weights or a text for it, in one sentence.
package struct ModelError: UserFacingError, Equatable {
  package let message: String
  package init(_ message: String) { self.message = message }

  /// - Parameters:
  ///   - file: what has the metadata, such as "checkpoint".
  ///   - found: of any length in a damaged file.
  package init(metadataOf file: String = "checkpoint", _ key: String, found: String, expected: String) {
    message = "the \(file)'s metadata say \(key) = \(found.excerpt()), expected \(expected)"
  }
}
