import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// The head that gives labels their scores, on encoders and decoders, against twins in Double.
@Suite struct ClassifierTests {
  /// Drawn anew in each run; failures show it.
  static let seeds: [UInt64] = [1, 2, UInt64.random(in: 0..<1 << 32)]

  private struct Case {
    let model: Transformer
    let batch: TokenBatch
    let dScores: [Float]
    let labels: Int

    init(_ family: ModelFamily, _ pooling: Classifier.Pooling, seed: UInt64) throws {
      var random = TestRandom(seed, "tests/shapes")
      let heads = random.within(1...3)
      labels = random.within(1...7)
      var c = try ModelConfiguration(
        family: family, layers: random.within(1...2), heads: heads, width: heads * 2 * random.within(2...5),
        context: 40,
        vocabulary: random.within(5...20), innerWidth: random.within(3...24), tokenTypes: family == .bert ? 2 : 0)
      c.classifier = Classifier(
        labels: labels, pooling: pooling, taxonomy: "t", probabilities: "sigmoid", length: 40)
      try c.check()
      model = randomModel(c, seed: seed, standardDeviation: 1 / Float(c.width).squareRoot())
      let vocabulary = c.vocabulary
      batch = TokenBatch([5, 1, 9].map { random.tokens($0, vocabulary: vocabulary) }, outputs: [])
      dScores = random.normals(3 * labels)
    }

    func scores(threads: Int = 1) -> [Float] {
      var found = [Float](repeating: 0, count: batch.rows * labels)
      withPool(threads: threads) { pool in
        ShardRunner(model.configuration, pool: pool).forward(model, batch) { shard, a, _ in
          for i in 0..<shard.rows.count * labels { found[shard.rows.lowerBound * labels + i] = a.scores.pointer[i] }
        }
      }
      return found
    }

    func gradient() -> [Float] {
      let lanes = GradientLanes(count: model.layout.count)
      withPool(threads: 1) { pool in
        ShardRunner(model.configuration, pool: pool).gradient(model, batch, into: lanes) { shard, _, w in
          w.dScores.pointer.update(
            from: Array(dScores[(shard.rows.lowerBound * labels)...]), count: shard.rows.count * labels)
        }
      }
      return Array(UnsafeBufferPointer(start: lanes.total, count: model.layout.count))
    }

    /// Scores in Double, from the twin of the family.
    func twin(_ parameters: [String: [Double]]) -> [Double] {
      let c = model.configuration
      return (0..<batch.rows).flatMap { row in
        let tokens = Array(batch.tokens[batch.starts[row]..<batch.starts[row + 1]])
        let (hidden, pooled) = states(tokens, parameters)
        let vector: [Double]
        switch c.classifier?.pooling {
        case .mean: vector = (0..<c.width).map { i in hidden.reduce(0) { $0 + $1[i] } / Double(hidden.count) }
        case .first: vector = hidden[0]
        case .last: vector = hidden[hidden.count - 1]
        default: vector = pooled
        }
        return doubleTransposedLinear(
          vector, weight: parameters["classifier.weight"] ?? [], bias: parameters["classifier.bias"] ?? [])
      }
    }

    private func states(
      _ tokens: [Int32], _ parameters: [String: [Double]]
    ) -> (hidden: [[Double]], pooled: [Double]) {
      if model.configuration.family == .bert {
        var twin = DoubleEncoder(model)
        twin.parameters = parameters
        return twin.forward(tokens, types: tokens.map { _ in 0 })
      }
      var twin = DoubleGPT(model)
      twin.parameters = parameters
      return (twin.forward(tokens).hidden, [])
    }

    var parameters: [String: [Double]] {
      var parameters: [String: [Double]] = [:]
      for tensor in model.tensors { parameters[tensor.name] = tensor.values.map(Double.init) }
      return parameters
    }
  }

  static let kinds: [(ModelFamily, Classifier.Pooling)] =
    Classifier.Pooling.allCases.map { (.bert, $0) } + [(.gpt2, .mean), (.gpt2, .last)]

  @Test(arguments: kinds, seeds)
  func matchesScoresAndGradientsOfTheTwin(_ kind: (ModelFamily, Classifier.Pooling), seed: UInt64) throws {
    let item = try Case(kind.0, kind.1, seed: seed)
    let what = "\(kind.0.name), \(kind.1), seed \(seed)"
    #expect(relativeError(item.scores(), item.twin(item.parameters)) < 4e-6, "\(what)")
    let gradient = item.gradient()
    var random = TestRandom(seed, "tests/directions")
    for entry in item.model.layout.entries {
      let found = Array(gradient[entry.offset..<entry.offset + entry.count])
      let largest = max(found.reduce(0) { max($0, abs(Double($1))) }, 0.1)
      let direction = random.normals(entry.count).map(Double.init)
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let unit = direction.map { $0 / norm }
      let slope = SwerveTestSupport.slope(item.parameters[entry.name] ?? [], along: unit, step: 1e-5) { values in
        var moved = item.parameters
        moved[entry.name] = values
        return zip(item.twin(moved), item.dScores).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      let off = abs(slope - zip(unit, found).reduce(0) { $0 + $1.0 * Double($1.1) })
      #expect(off < 1e-5 * largest, "\(entry.name), off by \(off / largest), \(what)")
    }
  }

  @Test func scoresATextTheSameWithAnyThreadsAndAlone() throws {
    let item = try Case(.bert, .mean, seed: 3)
    let together = item.scores()
    for threads in [2, 3, 5] { #expect(bitMismatch(item.scores(threads: threads), together) == nil) }
    for row in 0..<item.batch.rows {
      let text = Array(item.batch.tokens[item.batch.starts[row]..<item.batch.starts[row + 1]])
      var alone = [Float]()
      withPool(threads: 1) { pool in
        ShardRunner(item.model.configuration, pool: pool).forward(item.model, TokenBatch([text], outputs: [])) {
          _, a, _ in
          alone = (0..<item.labels).map { a.scores.pointer[$0] }
        }
      }
      #expect(bitMismatch(alone, Array(together[row * item.labels..<(row + 1) * item.labels])) == nil, "text \(row)")
    }
  }

  @Test func rejectsAPoolerThatTheModelLacks() {
    #expect(throws: ModelError("a model of family gpt2 has no pooler: take the mean, or the last token")) {
      _ = try Case(.gpt2, .pooler, seed: 1)
    }
  }

  @Test func survivesTheMetadataOfACheckpoint() throws {
    var c = try ModelConfiguration(layers: 1, heads: 1, width: 4, context: 8, vocabulary: 3)
    c.classifier = Classifier(
      labels: 3, pooling: .last, taxonomy: "root\té\tb\n", probabilities: "leaf_softmax", length: 7)
    let tokenizer = try CharacterTokenizer(alphabet: "abc")
    let metadata = CheckpointMetadata.make(c, tokenizer: tokenizer.identity)
    let read = try CheckpointMetadata.read { key in metadata.first { $0.key == key }?.value }
    #expect(read.configuration == c)
    #expect(
      throws: ModelError("the checkpoint's metadata have classifier_labels, but lack `classifier_pooling`")
    ) {
      try CheckpointMetadata.read { key in
        key == "classifier_pooling" ? nil : metadata.first { $0.key == key }?.value
      }
    }
  }
}
