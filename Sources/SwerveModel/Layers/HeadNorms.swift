import SwerveTensor

/// Normalizes each head of queries and each head of keys by its root mean square, with one weight for all heads of
/// queries and one for all heads of keys (Qwen 3). It works in place on rows that begin with queries and keys.
struct HeadNorms: Sendable {
  private let heads: Int
  private let keyValueHeads: Int
  private let headWidth: Int
  private let epsilon: Float
  private let queryWeight: Parameter  // (head width)
  private let keyWeight: Parameter  // (head width)
  private let raw: SavedBuffer  // (N, queries and keys): before the norm
  private let statistics: SavedBuffer  // (N, all heads): 1 / root mean square
  private let dRaw: ScratchBuffer  // (N, queries and keys); one row is used

  /// - Parameters query, key: names of the two weights.
  init(
    query: String, key: String, heads: Int, keyValueHeads: Int, headWidth: Int, epsilon: Float,
    _ plan: inout ModelPlan
  ) {
    (self.heads, self.keyValueHeads, self.headWidth) = (heads, keyValueHeads, headWidth)
    self.epsilon = epsilon
    queryWeight = plan.parameter(query + ".weight", [headWidth], .normWeight)
    keyWeight = plan.parameter(key + ".weight", [headWidth], .normWeight)
    let all = heads + keyValueHeads
    raw = plan.save("heads.raw", columns: all * headWidth)
    statistics = plan.save("heads.statistics", columns: all)
    dRaw = plan.scratch("dHeads", columns: all * headWidth)
  }

  private var all: Int { heads + keyValueHeads }
  /// Channels of queries and keys.
  private var width: Int { all * headWidth }

  /// - Parameter stride: from a row to the next.
  func forward(_ rows: UnsafeMutablePointer<Float>, stride: Int, _ pass: Pass) {
    for n in 0..<pass.rows {
      let row = rows + n * stride
      (pass[raw] + n * width).update(from: row, count: width)
      normalize(row, pass[statistics] + n * all, pass.weights)
    }
  }

  /// - Parameter n: the row's number among those of the step.
  func decode(_ row: UnsafeMutablePointer<Float>, n: Int, _ step: DecodeStep) {
    normalize(row, step[statistics] + n * all, step.weights)
  }

  private func normalize(
    _ row: UnsafeMutablePointer<Float>, _ statistics: UnsafeMutablePointer<Float>, _ weights: ModelWeights
  ) {
    rmsNormForward(
      row, statistics, row, weight: weights[queryWeight], rows: heads, width: headWidth, epsilon: epsilon)
    let keys = row + heads * headWidth
    rmsNormForward(
      keys, statistics + heads, keys, weight: weights[keyWeight], rows: keyValueHeads, width: headWidth,
      epsilon: epsilon)
  }

  /// Turns the gradient of the normalized rows into that of the rows before. A weight's gradient is a chain over tokens
  /// in increasing order, and over the heads of each.
  func backward(_ dRows: UnsafeMutablePointer<Float>, stride: Int, _ pass: Pass, into gradient: GradientBlock) {
    let dQueryWeight = gradient.sum(at: queryWeight, count: headWidth)
    let dKeyWeight = gradient.sum(at: keyWeight, count: headWidth)
    let (dRaw, keys) = (pass[dRaw], heads * headWidth)
    for n in 0..<pass.rows {
      let d = dRows + n * stride
      let (x, statistics) = (pass[raw] + n * width, pass[statistics] + n * all)
      dRaw.update(repeating: 0, count: width)
      rmsNormBackward(
        dX: dRaw, dWeight: dQueryWeight, d, statistics, x, weight: pass[queryWeight], rows: heads,
        width: headWidth)
      rmsNormBackward(
        dX: dRaw + keys, dWeight: dKeyWeight, d + keys, statistics + heads, x + keys,
        weight: pass[keyWeight], rows: keyValueHeads, width: headWidth)
      d.update(from: dRaw, count: width)
    }
  }
}
