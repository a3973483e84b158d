import SwerveTensor

/// AdamW (Loshchilov and Hutter 2019): Adam with decoupled weight decay, after clipping of the gradient's norm.
///
///   m = beta1 m + (1 - beta1) g      v = beta2 v + (1 - beta2) g²
///   w = w (1 - lr decay) - (lr / (1 - beta1^t)) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
///
/// Decay applies where a parameter's role says so. With decay 0 this is Adam.
package final class AdamW {
  package struct Options: Equatable, Sendable {
    package var beta1: Float = 0.9
    package var beta2: Float = 0.99
    package var epsilon: Float = 1e-8
    package var decay: Float = 0.1
    /// The largest norm of the gradient; with 0 it is not clipped.
    package var clip: Float = 1

    package init() {}
  }

  package var options: Options
  package private(set) var step = 0
  private let model: Transformer
  private let communicator: any Communicator
  /// The floats of the model's block that each rank updates.
  private let parts: RankParts
  /// Moments of this rank's part.
  private let m: FloatBuffer
  private let v: FloatBuffer
  /// The moments of all ranks, while somebody uses them.
  private var gathered: (m: FloatBuffer, v: FloatBuffer)?
  private let partial: FloatBuffer  // (pieces): sums of squares
  private static let piece = RankParts.piece

  /// - Parameter communicator: the ranks that share the state and the update; each holds the moments of its own part.
  package init(_ model: Transformer, options: Options, communicator: any Communicator = OneRank()) {
    self.model = model
    self.options = options
    self.communicator = communicator
    parts = RankParts(count: model.layout.count, ranks: communicator.ranks)
    let own = parts.ranges[communicator.rank].count
    m = FloatBuffer(count: own)
    v = FloatBuffer(count: own)
    partial = FloatBuffer(count: (model.layout.count + Self.piece - 1) / Self.piece)
  }

  private var own: Range<Int> { parts.ranges[communicator.rank] }

  /// One step with a gradient in the model's layout, at one learning rate; returns the gradient's norm before clipping.
  package func update(gradient: UnsafePointer<Float>, learningRate: Float, pool: WorkerPool) -> Float {
    update(gradient: gradient, pool: pool) { _ in learningRate }
  }

  /// One step with a learning rate for each tensor; nil leaves the tensor and its moments as they are.
  ///
  /// Order of operations: squares are summed in 16 lanes and the tree within pieces of 2^14 floats, pieces in Double in
  /// increasing order; everything else is elementwise. Each rank takes its part, and then has all weights.
  package func update(
    gradient: UnsafePointer<Float>, pool: WorkerPool, learningRate: (ParameterEntry) -> Float?
  ) -> Float {
    step += 1
    gathered = nil
    let norm = gradientNorm(gradient, pool: pool)
    let scale: Float = options.clip > 0 && norm > options.clip ? options.clip / norm : 1
    let correction1 = 1 - power(options.beta1, step)
    let correction2 = 1 - power(options.beta2, step)
    let rootCorrection = Float(correction2.squareRoot())
    model.update { weights in
      for entry in model.layout.entries {
        guard let learningRate = learningRate(entry) else { continue }
        let adam = AdamStep(
          beta1: options.beta1, beta2: options.beta2, epsilon: options.epsilon, scale: scale,
          keep: entry.role.decays ? 1 - learningRate * options.decay : 1,
          rate: Float(Double(learningRate) / correction1), rootCorrection: rootCorrection)
        let range = (entry.offset..<entry.offset + entry.count).clamped(to: own)
        pool.run((range.count + Self.piece - 1) / Self.piece) { [m, v, own] piece, _ in
          let first = range.lowerBound + piece * Self.piece
          let count = min(Self.piece, range.upperBound - first)
          adam.update(
            weights + first, m: m.pointer + first - own.lowerBound, v: v.pointer + first - own.lowerBound,
            gradient: gradient + first, count: count)
        }
      }
      communicator.gather(weights, parts.ranges)
    }
    return norm
  }

  /// The first and the second moments, in the model's layout; borrowed until the next update. All ranks must ask for them.
  package var moments: (first: UnsafeBufferPointer<Float>, second: UnsafeBufferPointer<Float>) {
    if communicator.isAlone { return (m.values, v.values) }
    let all = gathered ?? (whole(m), whole(v))
    gathered = all
    return (all.m.values, all.v.values)
  }

  private func whole(_ part: FloatBuffer) -> FloatBuffer {
    let all = FloatBuffer(count: model.layout.count)
    (all.pointer + own.lowerBound).update(from: part.pointer, count: part.count)
    communicator.gather(all.pointer, parts.ranges)
    return all
  }

  /// Goes on where another optimizer stopped.
  /// - Parameters m, v: its moments, in the model's layout.
  package func restore(steps: Int, m: [Float], v: [Float]) {
    precondition(m.count == model.layout.count && v.count == model.layout.count, "moments of another model")
    step = steps
    gathered = nil
    m.withUnsafeBufferPointer { self.m.pointer.update(from: $0.baseAddress! + own.lowerBound, count: own.count) }
    v.withUnsafeBufferPointer { self.v.pointer.update(from: $0.baseAddress! + own.lowerBound, count: own.count) }
  }

  private func gradientNorm(_ gradient: UnsafePointer<Float>, pool: WorkerPool) -> Float {
    let pieces = parts.ranges.map { $0.lowerBound / Self.piece..<($0.upperBound + Self.piece - 1) / Self.piece }
    let target = partial.pointer
    pool.run(pieces[communicator.rank].count) { [own] index, _ in
      let first = own.lowerBound + index * Self.piece
      target[first / Self.piece] = sumOfSquares(gradient + first, count: min(Self.piece, own.upperBound - first))
    }
    communicator.gather(target, pieces)
    return Float(partial.values.reduce(0.0) { $0 + Double($1) }.squareRoot())
  }

  /// beta^t as a chain of t products in Double.
  private func power(_ beta: Float, _ t: Int) -> Double {
    var result = 1.0
    for _ in 0..<t { result *= Double(beta) }
    return result
  }
}
