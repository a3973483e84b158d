import SwerveTensor
import SwerveText

/// What the layers of a model need, collected while they are made. Each layer asks for its parameters, for what it
/// saves for its backward pass, for scratch, for the panels of its products and for a cache of keys and values.
///
/// Layers ask in the order in which they compute. Parameters lie in this order, a trace lists saved buffers in this
/// order, and panels are packed in this order, so that a product can prefetch the weights of the next one
/// (Layer.swift).
struct ModelPlan: Sendable {
  /// What the forward pass leaves for the backward pass: `columns` floats for each token.
  struct Saved: Sendable {
    /// Names the block in a trace; empty for what is part of no block.
    let block: String
    let name: String
    let columns: Int
    /// The index of the first buffer of a block with the same name and width. Where no backward pass follows, this one
    /// serves all blocks.
    let firstOfItsName: Int
    /// A row for each text, not for each token.
    let isOfTexts: Bool
  }

  /// What a layer needs while it computes. Layers that use the same name share the memory.
  struct Scratch: Sendable {
    let name: String
    fileprivate(set) var columns: Int
    fileprivate(set) var isForDecoding: Bool
  }

  /// The keys and values that a layer caches while it decodes.
  struct Cache: Sendable {
    let heads: Int
    let width: Int
  }

  /// A table of the angles of rotary positions. Only a model has the table itself: a plan is also made to check a
  /// configuration, whatever sizes that asks for.
  struct RotaryShape: Sendable {
    let context: Int
    let headWidth: Int
    let options: RotaryOptions
  }

  /// What is trained.
  private(set) var layout = ParameterLayout()
  /// The layout of the base model, where there is one.
  private(set) var frozen = ParameterLayout()
  private(set) var saved: [Saved] = []
  private(set) var scratch: [Scratch] = []
  private(set) var products: [Product] = []
  /// Those of the base model, with the same indices; a product whose weight is trained here is not computed with it.
  private(set) var baseProducts: [Product] = []
  private(set) var caches: [Cache] = []
  private(set) var rotaryTables: [RotaryShape] = []
  /// The full names of the linear layers that adapters could be added to.
  private(set) var linearLayers: [String] = []
  /// The linear layers that have adapters, by their names within a block, with their own weights.
  private(set) var adapted: [(linear: String, weight: Product, adapter: LowRankAdapter)] = []
  /// Where linear layers of blocks get low-rank adapters; nil: all tensors are trained.
  private let adapters: LowRankAdapters?
  /// What else is left as it is; nil: nothing.
  private let frozenPart: FrozenPart?
  /// The prefix of all names in the block that is being made.
  private var block = ""

  init(adapters: LowRankAdapters?, frozen: FrozenPart?) {
    (self.adapters, frozenPart) = (adapters, frozen)
  }

  /// Whether some weights are those of another model, which training leaves as it is.
  private var hasBase: Bool { adapters != nil || frozenPart != nil }

  private func trains(_ role: ParameterRole) -> Bool {
    role.isAdded || !hasBase || adapters == nil && frozenPart == .tokenTable && !role.isTokenTable
  }

  /// Those that read a weight of the base.
  var frozenProducts: [Product] { baseProducts.filter(\.weight.isFrozen) }

  /// Makes a block whose names all begin with `name`.
  mutating func block<Block>(_ name: String, _ make: (inout ModelPlan) -> Block) -> Block {
    block = name
    defer { block = "" }
    return make(&self)
  }

  mutating func parameter(_ name: String, _ shape: [Int], _ role: ParameterRole) -> Parameter {
    let inBase = hasBase && !role.isAdded ? frozen.add(block + name, shape, role) : nil
    if let inBase, !trains(role) { return Parameter(offset: inBase, isFrozen: true) }
    return Parameter(offset: layout.add(block + name, shape, role), isFrozen: false)
  }

  /// Makes the adapter of a linear layer; nil where it gets none.
  mutating func adapter(of linear: String, _ weight: Product, from input: Int, to output: Int) -> LowRankAdapter? {
    if block.isEmpty { return nil }
    linearLayers.append(block + linear)
    guard let adapters, adapters.adapt(block + linear) else { return nil }
    let adapter = LowRankAdapter(linear, from: input, to: output, adapters, &self)
    adapted.append((linear, weight, adapter))
    return adapter
  }

  /// - Parameter isOfTexts: it has a row for each text, and never more rows than there are tokens.
  mutating func save(_ name: String, columns: Int, isOfTexts: Bool = false) -> SavedBuffer {
    let same = saved.firstIndex { !block.isEmpty && !$0.block.isEmpty && $0.name === name && $0.columns == columns }
    saved.append(
      Saved(
        block: block, name: name, columns: columns, firstOfItsName: same ?? saved.count, isOfTexts: isOfTexts))
    return SavedBuffer(index: saved.count - 1)
  }

  /// - Parameter forDecoding: decoders have the buffer, too.
  mutating func scratch(_ name: String, columns: Int, forDecoding: Bool = false) -> ScratchBuffer {
    let index = scratch.firstIndex { $0.name === name } ?? scratch.count
    if index == scratch.count { scratch.append(Scratch(name: name, columns: 0, isForDecoding: false)) }
    scratch[index].columns = max(scratch[index].columns, columns)
    scratch[index].isForDecoding = scratch[index].isForDecoding || forDecoding
    return ScratchBuffer(index: index)
  }

  /// - Parameters:
  ///   - weight: the stored matrix (rows, columns).
  ///   - isTransposed: the forward pass multiplies with the transpose of what is stored.
  ///   - isAdded: the weight is not one of the model itself.
  mutating func product(
    weight: Parameter, rows: Int, columns: Int, isTransposed: Bool = false, isAdded: Bool = false
  ) -> Product {
    let product = Product(
      index: weight.isFrozen ? baseProducts.count : products.count, weight: weight, rows: rows, columns: columns,
      isTransposed: isTransposed, isOfBlock: !block.isEmpty, isAdded: isAdded)
    if hasBase && !isAdded { baseProducts.append(product) }
    if !weight.isFrozen { products.append(product) }
    return product
  }

  mutating func rotaryTable(context: Int, headWidth: Int, _ options: RotaryOptions) -> RotaryIndex {
    rotaryTables.append(RotaryShape(context: context, headWidth: headWidth, options: options))
    return RotaryIndex(index: rotaryTables.count - 1)
  }

  mutating func cache(heads: Int, width: Int) -> CacheIndex {
    caches.append(Cache(heads: heads, width: width))
    return CacheIndex(index: caches.count - 1)
  }
}

/// A buffer of `Activations`.
struct SavedBuffer: Sendable {
  let index: Int
}

/// A buffer of a `Workspace`.
struct ScratchBuffer: Sendable {
  let index: Int
}

/// A cache of a `Decoder`: of one layer, for all of its slots.
struct CacheIndex: Sendable {
  let index: Int
}

/// A table of the angles of rotary positions, which `ModelWeights` holds.
struct RotaryIndex: Sendable {
  let index: Int
}

/// A weight that rows are multiplied with.
struct Product: Sendable {
  let index: Int
  let weight: Parameter
  let rows: Int
  let columns: Int
  let isTransposed: Bool
  let isOfBlock: Bool
  /// Of the value head or of an adapter.
  let isAdded: Bool

  /// How many columns its result has.
  var outputs: Int { isTransposed ? rows : columns }
}

/// Sums over the layers. The sampler and forecasts estimate from them how much work a token is. The value head and
/// adapters do not count.
extension ModelPlan {
  private var tokenProducts: [Product] { (hasBase ? baseProducts : products).filter { !$0.isAdded } }

  /// Floats of all parameters, trained or frozen.
  var weightCount: Int { layout.count + frozen.count }

  /// How many weights a token is multiplied with.
  var productWeights: Int { tokenProducts.reduce(0) { $0 + $1.rows * $1.columns } }

  /// Floats of keys and values that a token of a text reads for each token before it.
  var cachedFloatsPerToken: Int { caches.reduce(0) { $0 + 2 * $1.width } }

  /// How many columns the narrowest product of a block has.
  var narrowestProduct: Int { tokenProducts.filter(\.isOfBlock).map(\.outputs).min() ?? 0 }

  /// How often threads that share a step wait for each other: after each product, after attention, and after drawing.
  var waitsPerStep: Int { tokenProducts.count + caches.count + 1 }
}
