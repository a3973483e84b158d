import SwerveText

/// What a tensor is for. The layer that owns the tensor decides this; a tensor's name decides nothing.
package struct ParameterRole: Equatable, Sendable {
  package enum Initialization: Equatable, Sendable {
    case zeros
    case ones
    case normal(standardDeviation: Float)
    /// In -bound..<bound.
    case uniform(bound: Float)
  }

  let initialization: Initialization
  /// Decoupled weight decay applies to matrices, as in GPT-2's and nanoGPT's training.
  package let decays: Bool
  /// The critic has a learning rate of its own.
  package let isValueHead: Bool
  /// The tensor is part of a low-rank adapter.
  package let isAdapter: Bool
  /// The tensor has a row for each token of the vocabulary.
  package let isTokenTable: Bool
  /// The head that gives labels their scores has a learning rate of its own, too.
  package let isClassifier: Bool
  /// What makes an encoder's own vector of a text. Where nobody reads that vector it has no gradient.
  package let isPooler: Bool

  init(
    _ initialization: Initialization, decays: Bool, isValueHead: Bool = false, isAdapter: Bool = false,
    isClassifier: Bool = false, isTokenTable: Bool = false, isPooler: Bool = false
  ) {
    self.initialization = initialization
    self.decays = decays
    self.isValueHead = isValueHead
    self.isAdapter = isAdapter
    self.isClassifier = isClassifier
    self.isTokenTable = isTokenTable
    self.isPooler = isPooler
  }

  /// Whether training added the tensor to the model, so that other tools' files don't have it.
  package var isAdded: Bool { isValueHead || isAdapter || isClassifier }

  static let weight = ParameterRole(.normal(standardDeviation: 0.02), decays: true)
  static let embedding = ParameterRole(.normal(standardDeviation: 0.02), decays: true)
  static let tokenTable = ParameterRole(.normal(standardDeviation: 0.02), decays: true, isTokenTable: true)
  static let bias = ParameterRole(.zeros, decays: false)
  static let pooler = ParameterRole(.normal(standardDeviation: 0.02), decays: true, isPooler: true)
  static let poolerBias = ParameterRole(.zeros, decays: false, isPooler: true)
  static let normWeight = ParameterRole(.ones, decays: false)

  /// The weight of one of the `additions` products that are added to the residual stream.
  static func residualProjection(additions: Int) -> ParameterRole {
    ParameterRole(.normal(standardDeviation: 0.02 / Float(additions).squareRoot()), decays: true)
  }
}

/// A part of a model that training leaves as it is.
package enum FrozenPart: Sendable {
  /// The vectors of tokens.
  case tokenTable
  /// Everything but the heads.
  case body
}

/// Where a layer finds one of its tensors.
struct Parameter: Sendable {
  let offset: Int
  /// The tensor is one of the base model: it is read and never trained. Its offset counts in the
  /// base's block.
  let isFrozen: Bool
}

/// One tensor of the model: its name in checkpoints, its shape, where it lies in the block of all parameters, and its
/// role.
package struct ParameterEntry: Equatable, Sendable {
  package let name: String
  package let shape: [Int]
  package let offset: Int
  package let role: ParameterRole
  package var count: Int { shape.reduce(1, *) }
}

/// The one table of a model's parameters, in the order in which its layers asked for them. Sizes, views, checkpoints,
/// gradients and the optimizer all follow from it.
package struct ParameterLayout: Sendable {
  package private(set) var entries: [ParameterEntry] = []
  /// Floats of the whole block; every tensor starts at a multiple of 16.
  package private(set) var count = 0

  init() {}

  mutating func add(_ name: String, _ shape: [Int], _ role: ParameterRole) -> Int {
    let entry = ParameterEntry(name: name, shape: shape, offset: count, role: role)
    entries.append(entry)
    count += (entry.count + 15) / 16 * 16
    return entry.offset
  }

  package func entry(_ name: String) -> ParameterEntry? { entries.first { $0.name === name } }
}
