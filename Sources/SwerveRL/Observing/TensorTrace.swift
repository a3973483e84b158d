import SwerveModel
import SwerveTensor

/// Gets every tensor of one step, in the order in which the step computes them. This is used to locate a difference
/// between two runs. Tracing changes no bit.
package protocol TensorTrace: AnyObject {
  /// - Parameters:
  ///   - name: parts that '/' separates, unique within the step.
  ///   - values: the elements row by row, as many as the shape says; valid only during the call.
  func tensor(_ name: String, _ shape: [Int], _ values: UnsafeBufferPointer<Float>)
}

extension TensorTrace {
  func tensor(_ name: String, _ values: [Float]) {
    values.withUnsafeBufferPointer { tensor(name, [values.count], $0) }
  }

  /// A model's weights, tensor by tensor.
  func weights(_ prefix: String, _ model: Transformer) {
    for tensor in model.tensors { self.tensor(prefix + tensor.name, tensor.shape, tensor.values) }
  }

  /// A gradient in the layout of a model's block, the last layers first, in the order of computation.
  func gradient(_ prefix: String, _ gradient: UnsafePointer<Float>, _ layout: ParameterLayout) {
    for entry in layout.entries.reversed() {
      tensor(prefix + entry.name, entry.shape, UnsafeBufferPointer(start: gradient + entry.offset, count: entry.count))
    }
  }

  /// What a step starts from: the weights and the moments of the optimizer.
  func start(_ model: Transformer, _ optimizer: AdamW) {
    weights("start/", model)
    let moments = optimizer.moments
    for (name, values) in [("m", moments.first), ("v", moments.second)] {
      tensor("start/optimizer/" + name, [values.count], values)
    }
  }
}

extension TensorTrace {
  /// The result of an optimizer step on a gradient.
  func end(_ model: Transformer, _ prefix: String = "", norm: Float, learningRate: Float) {
    tensor(prefix + "gradient_norm", [norm])
    tensor(prefix + "lr", [learningRate])
    weights(prefix + "end/", model)
  }
}

/// The activations of a batch's shards. Shards run on any thread, and each is reported once and as a whole. A run whose
/// trace needs the shards in order must use one thread.
func traceForward(
  _ trace: (any TensorTrace)?, _ prefix: String, _ shard: Shard, of batch: TokenBatch, _ activations: Activations
) {
  guard let trace else { return }
  activations.forEachPart(
    tokens: shard.tokens.count, outputs: shard.outputCount(batch), texts: shard.rows.count
  ) { name, shape, values in
    trace.tensor("\(prefix)forward/tokens_from_\(shard.tokens.lowerBound)/\(name)", shape, values)
  }
}
