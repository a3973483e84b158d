import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Texts that share a stem give the numbers of the same texts one by one.
@Suite struct BranchTests {
  private static let stem: [Int32] = (0..<19).map { Int32($0 * 7 % 13) }
  private static let branches: [[Int32]] = [[3, 1, 4, 1, 5], [9], [2, 6, 5, 3, 5, 8, 9]]
  private static let whole = branches.map { stem + $0 }
  private static let other: [Int32] = [1, 2, 3, 4]

  /// The stem with its branches between two texts of another kind; logits of the branches and of the stem's end.
  private static var shared: TokenBatch {
    let text = stem + branches.joined()
    let starts = branches.indices.map { stem.count + branches.prefix($0).joined().count }
    let first = other.count + stem.count - 1
    return TokenBatch(
      [other, text, other], branches: [[], starts, []],
      outputs: [other.count - 1] + Array(first..<other.count + text.count) + [other.count + text.count])
  }

  static let models: [ModelConfiguration] = {
    var models = PositionEncoding.allCases.map {
      try! ModelConfiguration(layers: 2, heads: 2, width: 16, context: 64, vocabulary: 13, positions: $0)
    }
    for family in ["llama", "qwen3"] {
      var model = models[1]
      model.family = ModelFamily.all.first { $0.name == family }!
      (model.heads, model.keyValueHeads, model.headWidth) = (4, 2, 8)
      models.append(model)
    }
    return models
  }()

  private func model(_ configuration: ModelConfiguration) -> Transformer {
    let model = Transformer(configuration)
    model.initialize(RandomStream(seed: 5, purpose: "weights"))
    return model
  }

  @Test(arguments: models) func givesTheLogitsOfWholeTextsBitForBit(_ configuration: ModelConfiguration) {
    let model = model(configuration)
    let v = configuration.vocabulary
    var found: [Float] = []
    model.forward(
      Self.shared, whole(Self.shared),
      into: { a in
        found = Array(a.logits.values.prefix(Self.shared.outputs!.count * v))
      })
    // After the first text: the stem's end, then the tokens of each branch.
    var output = 2
    for (text, branch) in zip(Self.whole, Self.branches) {
      let batch = TokenBatch([text])
      model.forward(
        batch, whole(batch),
        into: { a in
          let expected = a.logits.values
          for i in 0..<v { #expect(found[v + i].bitPattern == expected[(Self.stem.count - 1) * v + i].bitPattern) }
          for (position, _) in branch.enumerated() {
            for i in 0..<v {
              #expect(
                found[(output + position) * v + i].bitPattern
                  == expected[(Self.stem.count + position) * v + i].bitPattern)
            }
          }
        })
      output += branch.count
    }
  }

  @Test(arguments: models) func givesTheGradientOfWholeTextsUpToRounding(_ configuration: ModelConfiguration) {
    let model = model(configuration)
    let v = configuration.vocabulary
    func factor(_ branch: Int, _ position: Int, _ entry: Int) -> Float {
      Float((branch * 5 + position * 3 + entry) % 7 - 3) * 0.1
    }
    let n = Self.stem.count
    let separate = TokenBatch(Self.whole)
    let expected = gradient(model, separate) { dLogits in
      for (branch, tokens) in Self.branches.enumerated() {
        for position in 0...tokens.count {
          let row = separate.starts[branch] + n - 1 + position
          for i in 0..<v { dLogits[row * v + i] = factor(branch, position, i) }
        }
      }
    }
    let text = TokenBatch(
      [Self.stem + Self.branches.joined()],
      branches: [Self.branches.indices.map { n + Self.branches.prefix($0).joined().count }],
      outputs: Array(n - 1..<n + Self.branches.joined().count))
    let found = gradient(model, text) { dLogits in
      var output = 1
      for (branch, tokens) in Self.branches.enumerated() {
        for i in 0..<v { dLogits[i] += factor(branch, 0, i) }
        for position in tokens.indices {
          for i in 0..<v { dLogits[output * v + i] = factor(branch, position + 1, i) }
          output += 1
        }
      }
    }
    for entry in model.layout.entries {
      let range = entry.offset..<entry.offset + entry.count
      #expect(relativeError(Array(found[range]), Array(expected[range])) < 2e-5, "\(entry.name)")
    }
  }

  /// The sum of dLogits and logits differentiated, over a batch as one shard.
  private func gradient(
    _ model: Transformer, _ batch: TokenBatch, _ fill: (UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    let block = FloatBuffer(count: model.layout.count)
    let (a, w) = (Activations(model.configuration), Workspace(model.configuration))
    let shard = whole(batch)
    model.forward(batch, shard, into: a, w)
    w.dLogits.zero(first: shard.outputCount(batch) * model.configuration.vocabulary)
    fill(w.dLogits.pointer)
    model.backward(batch, shard, a, w, into: GradientBlock(block.pointer, isFirst: true))
    return block.array
  }

  /// The whole batch as one shard.
  private func whole(_ batch: TokenBatch) -> Shard {
    Shard(rows: 0..<batch.rows, tokens: 0..<batch.tokens.count, outputs: 0..<(batch.outputs?.count ?? 0))
  }
}

extension Transformer {
  fileprivate func forward(_ batch: TokenBatch, _ shard: Shard, into read: (Activations) -> Void) {
    let (a, w) = (Activations(configuration), Workspace(configuration))
    forward(batch, shard, into: a, w)
    read(a)
  }
}
