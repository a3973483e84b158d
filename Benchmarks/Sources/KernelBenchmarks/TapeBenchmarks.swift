import SwerveTensor

/// A minibatch of ten episodes of 255 tokens, with 24 entries of vocabulary.
private let layout = TokenLayout(rowLengths: [Int](repeating: 255, count: 10))
private let vocabulary = 24

/// Every operation of the tape by itself, then a whole loss.
func measureTape(_ report: Report) {
  let tokens = TensorShape.tokens(layout)
  let table = TensorShape.tokensBy(layout, vocabulary)
  for operation in TensorOperation.all where !["item", "count", "at", "detach"].contains(operation.name) {
    // The shape that the operation takes: one value for each token or, if it refuses that, one for each entry of each
    // token.
    for shape in [tokens, table] where measure(report, operation, shape) { break }
  }
  for name in ["mul", "exp", "softmax", "log_softmax"] {
    if let operation = TensorOperation.named(name) { _ = measure(report, operation, table) }
  }
  measureLoss(report)
}

private func measure(_ report: Report, _ operation: TensorOperation, _ shape: TensorShape) -> Bool {
  let count = shape.elementCount
  // Above 0, for log and pow; also whole numbers below 24, which gather wants.
  let values = (0..<count).map { Float($0 * 7 % 24) }
  let index = (0..<layout.count).map { Float($0 * 7 % 24) }
  // Each argument has its own array, as different columns have.
  func tensor(_ parameter: TensorOperation.Parameter) -> Tensor? {
    if parameter.name == "index" { return try? .constant(index.map { $0 }, shape: .tokens(layout)) }
    return try? .constant(values.map { $0 }, shape: shape)
  }
  var arguments: [TensorArgument] = []
  for parameter in operation.parameters where !parameter.isOptional {
    if case .tensor = parameter.kind, let tensor = tensor(parameter) {
      arguments.append(.tensor(tensor))
    } else {
      arguments.append(.number(0.5))
    }
  }
  guard let result = try? operation(arguments), case .tensor(let output) = result else { return false }
  let tensors = operation.parameters.count { !$0.isOptional && $0.name != "q" }
  let shapeText = shape == .tokens(layout) ? "\(layout.count)" : "\(layout.count) x \(vocabulary)"
  let name = "tape: \(operation.name)"
  if ["pow", "quantile", "rank"].contains(operation.name) {
    // Sorting, and a power through Double, have no limit in this table.
    report.measure(name, shapeText) { _ = try? operation(arguments) }
  } else {
    let work = work(operation.name, count: count, tensors: tensors, outputs: output.values.count)
    report.measure(name, shapeText, work) { _ = try? operation(arguments) }
  }
  return true
}

/// - Parameters:
///   - count: elements of each tensor that is read.
private func work(_ name: String, count: Int, tensors: Int, outputs: Int) -> Work {
  let exps = ["exp", "tanh", "sigmoid", "softmax", "row_softmax", "log_softmax"].contains(name)
  let divides = ["div", "sqrt", "tanh", "sigmoid", "softmax", "row_softmax"].contains(name)
  // A gather reads its index and as many entries; a logarithm is two dozen operations.
  let elements = Double(name == "gather" ? outputs : count)
  let read = name == "gather" ? 2 * outputs : tensors * count
  return Work(
    operations: (name == "log" ? 25 : 1) * elements, exponentials: exps ? elements : 0,
    divisions: divides ? elements : 0, chainedAdditions: name == "cumsum" ? 255 : 0,
    traffic: Traffic(floats: read + outputs, tensors > 1 ? .update : .copy))
}

/// A2C with a value loss, entropy and a weighted penalty: the graph, its gradient, and its release.
private func measureLoss(_ report: Report) {
  let shape = TensorShape.tokens(layout)
  let column = (0..<layout.count).map { Float($0 % 17) * 0.05 - 0.5 }
  func loss() throws -> Float {
    let logp = try Tensor.variable(column, shape: shape)
    let entropy = try Tensor.variable(column, shape: shape)
    let value = try Tensor.variable(column, shape: shape)
    let other = try Tensor.constant(column, shape: shape)
    let policy = try logp.mul(other).mean().neg()
    let errors = try other.sub(value).square().mean().mul(.scalar(0.1))
    let bonus = try entropy.mean().mul(.scalar(0.001))
    let penalty = try logp.sub(other).square().mul(other).mean().mul(.scalar(2.5))
    let total = try policy.add(errors).sub(bonus).add(penalty)
    try total.backward()
    return try total.item()
  }
  // Eleven passes over the columns forward, seven of gradients back to the variables.
  let work = Work(traffic: Traffic(floats: 18 * layout.count, .copy))
  report.measure("tape: A2C loss and its gradient", "\(layout.count)", work) { keep((try? loss()) ?? 0) }
}
