import SwerveTensor

extension RolloutBatch {
  /// The columns in the order in which they are computed, then the rule's weights.
  func trace(_ trace: any TensorTrace, _ weights: TokenWeights) {
    let traced = Column.all.filter { $0.traceOrder != nil }.sorted { ($0.traceOrder ?? 0) < ($1.traceOrder ?? 0) }
    for column in traced {
      if let values = values(column) { trace.tensor("episodes/" + column.name, values) }
    }
    for (weight, values) in weights.given { trace.tensor("rule/" + weight.rawValue, values) }
  }
}

extension Minibatch {
  /// The prefix of the names of its tensors.
  var name: String { "minibatch_\(number)/" }

  /// The loss, and its gradient with respect to the columns that it read.
  func trace(_ trace: any TensorTrace, _ loss: LossValue, _ columns: TokenColumns) {
    for column in Column.all where column.isDifferentiable {
      guard let tensor = columns.used(column.name) else { continue }
      trace.tensor(name + "column/" + column.name, tensor.values)
      if let gradient = tensor.gradient { trace.tensor(name + "column_gradient/" + column.name, gradient) }
    }
    for part in loss.parts { trace.tensor(name + "loss/" + part.name, [part.value ?? .nan]) }
    trace.tensor(name + "loss", loss.total.values)
  }
}
