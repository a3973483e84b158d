import SwerveModel
import SwerveTensor

/// What two models say of every generated token of some episodes, as packed columns.
package struct TokenScores {
  package let logp: [Float]
  package let entropy: [Float]
  package let maxProb: [Float]
  /// The critic's values; empty where the model has no value head.
  package let value: [Float]
  /// (tokens, V) log-probabilities; of length 0 unless they were asked for.
  package let rows: FloatBuffer
  /// The exact KL divergence from another model's rows; empty unless these were given.
  let divergence: [Float]
  /// Of each measure, in the order of `CertaintyMeasure.allCases`; empty unless they were asked for.
  package let certainty: [[Float]]
  /// Of each probe, the probability of its right tokens together, in the order of rows; empty unless probes were given.
  let probed: [Double]
}

/// Scores generated tokens by a full forward pass, shard by shard.
package struct Scorer {
  let runner: ShardRunner

  package init(runner: ShardRunner) { self.runner = runner }

  /// - Parameters:
  ///   - temperature: tau of log-probabilities and entropy.
  ///   - certaintyTemperature: tau_w; nil leaves the certainties out.
  ///   - keepRows: also return every token's log-probabilities over the vocabulary.
  ///   - others: the rows of another model for the same tokens, or none, to take the exact divergence from.
  ///   - probes: of each row, the tokens whose probability is also wanted; none: of no row.
  func score(
    _ model: Transformer, _ episodes: Episodes, temperature: Float, certaintyTemperature: Float? = nil, keepRows: Bool,
    others: FloatBuffer? = nil, probes: [[CriticalProbe]] = []
  ) -> TokenScores {
    let table = ScoreTable(
      episodes, model.configuration, temperature: temperature, certaintyTemperature: certaintyTemperature,
      keepRows: keepRows, others: others, probes: probes)
    let v = model.configuration.vocabulary
    let hasValues = model.configuration.valueHeadWidth > 0
    let texts = EpisodeBatch(episodes)
    runner.forward(model, texts.batch) { shard, a, w in
      texts.each(in: shard) { index, local, output, token in
        table.fill(index, logits: a.logits.pointer + output * v, token: token, row: w.row.pointer)
        if hasValues { table.setValue(index, a.values.pointer[local]) }
      }
    }
    return table.scores(of: runner.pool.communicator)
  }

  /// The same numbers for the model that generated the episodes, from the logits that it left: decoding gives the bits of a
  /// full pass. A pass is made where logits were not kept, and under BLAS, whose products may depend on how many rows they have.
  func scoreGenerator(
    _ model: Transformer, _ episodes: Episodes, temperature: Float, keepRows: Bool, others: FloatBuffer? = nil,
    probes: [[CriticalProbe]] = []
  ) -> TokenScores {
    if episodes.logits.count != episodes.count || model.mode == .blas {
      return score(model, episodes, temperature: temperature, keepRows: keepRows, others: others, probes: probes)
    }
    let v = model.configuration.vocabulary
    let table = ScoreTable(
      episodes, model.configuration, temperature: temperature, certaintyTemperature: nil, keepRows: keepRows,
      others: others, probes: probes)
    let offsets = episodes.layout.offsets
    let scratch = (0..<runner.pool.threads).map { _ in FloatBuffer(count: v) }
    runner.pool.run(episodes.count) { row, worker in
      let logits = episodes.logits[row]
      // Of several ranks, each has the logits of the episodes that it generated.
      if logits.isEmpty { return }
      for (position, token) in episodes.generated[row].enumerated() {
        let index = offsets[row] + position
        withExtendedLifetime(logits) {
          table.fill(
            index, logits: logits[position].baseAddress!, token: Int(token), row: scratch[worker].pointer)
        }
        if !episodes.values[row].isEmpty { table.setValue(index, episodes.values[row][position]) }
      }
    }
    return table.scores(of: runner.pool.communicator)
  }

  /// The critic's estimate after the last token of some rows, whose whole texts it reads; 0 for the others.
  /// - Parameter isWanted: one for each row.
  func finalValues(_ model: Transformer, _ episodes: Episodes, where isWanted: [Bool]) -> [Float] {
    var values = [Float](repeating: 0, count: episodes.count)
    let rows = episodes.generated.indices.filter { isWanted[$0] }
    if rows.isEmpty { return values }
    let texts = TokenBatch(rows.map { episodes.prompts[$0] + episodes.generated[$0] }, outputs: [])
    let found = FloatBuffer(count: rows.count)
    runner.forward(model, texts) { shard, a, _ in
      for row in shard.rows {
        let last = texts.starts[row + 1] - 1
        found.pointer[row] = a.values.pointer[last - shard.tokens.lowerBound]
      }
    }
    runner.pool.communicator.union(found.mutableValues)
    for (index, row) in rows.enumerated() { values[row] = found.pointer[index] }
    return values
  }
}

/// The columns of `TokenScores` while threads fill them, each token by one thread.
private struct ScoreTable {
  private let count: Int
  private let vocabulary: Int
  private let inverseTemperature: Float
  private let certaintyTemperature: Float?
  private let hasValues: Bool
  private let columns: FloatBuffer  // logp, entropy, largest probability, value: (4, tokens)
  private let rows: FloatBuffer  // (tokens, V) or empty
  private let others: FloatBuffer?  // (tokens, V)
  private let divergence: FloatBuffer  // (tokens) or empty
  private let certainty: FloatBuffer  // (measures, tokens) or empty
  private let measures: [CertaintyMeasure]
  private let probes: ProbeTable

  init(
    _ episodes: Episodes, _ model: ModelConfiguration, temperature: Float, certaintyTemperature: Float?, keepRows: Bool,
    others: FloatBuffer?, probes: [[CriticalProbe]]
  ) {
    count = episodes.layout.count
    vocabulary = model.vocabulary
    inverseTemperature = 1 / temperature
    self.certaintyTemperature = certaintyTemperature
    hasValues = model.valueHeadWidth > 0
    measures = certaintyTemperature == nil ? [] : CertaintyMeasure.allCases
    columns = FloatBuffer(count: 4 * count)
    rows = FloatBuffer(count: keepRows ? count * model.vocabulary : 0)
    certainty = FloatBuffer(count: measures.count * count)
    self.others = others
    divergence = FloatBuffer(count: others == nil ? 0 : count)
    self.probes = ProbeTable(probes, episodes.layout)
  }

  /// - Parameter row: space for V floats, used where rows are not kept.
  func fill(_ index: Int, logits: UnsafePointer<Float>, token: Int, row: UnsafeMutablePointer<Float>) {
    let v = vocabulary
    let logp = rows.count > 0 ? rows.pointer + index * v : row
    let statistics = tokenStatistics(logp, logits, count: v, inverseTemperature: inverseTemperature)
    let out = columns.pointer
    out[index] = logp[token]
    out[count + index] = statistics.entropy
    out[2 * count + index] = exactExp(UnsafeBufferPointer(start: logp, count: v).max() ?? 0)
    probes.fill(index, logp: logp)
    if let others {
      divergence.pointer[index] = klDivergence(logp: logp, refLogp: others.pointer + index * v, count: v)
    }
    guard let certaintyTemperature else { return }
    let normalizer = SoftmaxRow(logits, count: v, inverseTemperature: 1 / certaintyTemperature)
    for (m, measure) in measures.enumerated() {
      certainty.pointer[m * count + index] = measure.certainty(
        logits: logits, count: v, row: normalizer, token: token)
    }
  }

  func setValue(_ index: Int, _ value: Float) { columns.pointer[3 * count + index] = value }

  /// - Parameter communicator: the ranks that filled the table together.
  func scores(of communicator: any Communicator) -> TokenScores {
    for buffer in [columns, rows, divergence, certainty] { communicator.union(buffer.mutableValues) }
    probes.union(communicator)
    let values = columns.array
    let certainties = certainty.array
    let n = count
    return TokenScores(
      logp: Array(values[0..<n]), entropy: Array(values[n..<2 * n]), maxProb: Array(values[2 * n..<3 * n]),
      value: hasValues ? Array(values[3 * n..<4 * n]) : [], rows: rows,
      divergence: divergence.array,
      certainty: measures.indices.map { Array(certainties[$0 * n..<($0 + 1) * n]) }, probed: probes.found)
  }
}

/// What the probes of some episodes find while threads fill them, those of each token by one thread.
private final class ProbeTable: @unchecked Sendable {
  /// Probes in the order of rows.
  private let right: [[Int32]]
  /// The probes of token i: order[starts[i]..<starts[i + 1]].
  private let order: [Int]
  private let starts: [Int]
  private let sums: UnsafeMutableBufferPointer<Double>

  init(_ probes: [[CriticalProbe]], _ layout: TokenLayout) {
    right = probes.flatMap { $0.map(\.right) }
    let tokens = zip(probes, layout.offsets).flatMap { list, offset in list.map { offset + $0.index } }
    order = tokens.indices.sorted { (tokens[$0], $0) < (tokens[$1], $1) }
    var counts = [Int](repeating: 0, count: layout.count + 1)
    for token in tokens { counts[token + 1] += 1 }
    starts = counts.indices.dropFirst().reduce(into: [0]) { $0.append($0[$1 - 1] + counts[$1]) }
    sums = .allocate(capacity: right.count)
    sums.initialize(repeating: 0)
  }

  deinit { sums.deallocate() }

  /// - Parameter logp: the log-probabilities of the vocabulary in place of a token.
  func fill(_ token: Int, logp: UnsafePointer<Float>) {
    for probe in order[starts[token]..<starts[token + 1]] {
      sums[probe] = right[probe].reduce(0) { $0 + Double(exactExp(logp[Int($1)])) }
    }
  }

  func union(_ communicator: any Communicator) { communicator.union(sums) }

  var found: [Double] { Array(sums) }
}
