import Synchronization

/// Numbers the nodes, so that "creation order" is defined. Graphs of other threads leave gaps in a graph's numbers but
/// never change their order.
private let nodesCreated = Atomic<Int>(0)

/// A node of the tape: values of one shape and, if they depend on a variable, how to send a gradient back.
///
/// The tape carries rules (no gradients) and losses. It is not meant for the model, whose kernels have their own
/// backward. A graph belongs to one thread at a time. A node without gradient keeps nothing but its values.
package final class Tensor {
  package let shape: TensorShape
  /// Row after row, token after token; the V values of a token are next to each other.
  package let values: [Float]
  /// Whether the node is a variable or depends on one.
  package let requiresGradient: Bool
  /// For a variable, the sum of the gradients of every `backward` that reached it; nil before. Other nodes keep none.
  package internal(set) var gradient: [Float]?

  /// One operand of the operation that made a node. The pullback turns the gradient of the node into that of the
  /// operand. It holds only arrays, never a node, so that no cycle can arise and the release of long graphs stays
  /// iterative.
  struct Edge {
    let operand: Tensor
    let pullback: ([Float]) -> [Float]

    init(_ operand: Tensor, _ pullback: @escaping ([Float]) -> [Float]) {
      self.operand = operand
      self.pullback = pullback
    }
  }

  /// Position in the order of creation.
  let order: Int
  /// The operands that require a gradient, in the order of the operation's arguments; emptied by `backward`.
  var edges: [Edge]
  /// The gradient that has arrived so far during a `backward`.
  var arrived: [Float]?
  /// Whether a `backward` went through here and dropped the edges.
  var isConsumed = false

  /// The result of an operation.
  init(_ values: [Float], _ shape: TensorShape, _ edges: [Edge] = []) {
    self.values = values
    self.shape = shape
    self.edges = edges.filter(\.operand.requiresGradient)
    requiresGradient = !self.edges.isEmpty
    order = nodesCreated.add(1, ordering: .relaxed).newValue
  }

  /// A variable.
  private init(variable values: [Float], _ shape: TensorShape) {
    self.values = values
    self.shape = shape
    edges = []
    requiresGradient = true
    order = nodesCreated.add(1, ordering: .relaxed).newValue
  }

  /// A script can chain a million operations; releasing them one inside the other would overflow the stack.
  deinit {
    var released = edges.map(\.operand)
    edges = []
    while var node = released.popLast() {
      if isKnownUniquelyReferenced(&node) {
        released.append(contentsOf: node.edges.map(\.operand))
        node.edges = []
      }
    }
  }
}

extension Tensor {
  /// Values without gradient.
  /// - Throws: `TensorError` if the number of values is not that of the shape.
  package static func constant(_ values: [Float], shape: TensorShape) throws -> Tensor {
    try check(values, shape)
    return Tensor(values, shape)
  }

  /// Values whose gradient is wanted.
  /// - Throws: `TensorError` if the number of values is not that of the shape.
  package static func variable(_ values: [Float], shape: TensorShape) throws -> Tensor {
    try check(values, shape)
    return Tensor(variable: values, shape)
  }

  /// A number without gradient.
  package static func scalar(_ value: Float) -> Tensor { Tensor([value], .scalar) }

  /// The same values, through which no gradient flows.
  package func detach() -> Tensor { Tensor(values, shape) }

  private static func check(_ values: [Float], _ shape: TensorShape) throws {
    if case .tokensBy(_, let size) = shape, size < 1 { throw TensorError.emptyVocabulary(size) }
    guard values.count == shape.elementCount else { throw TensorError.wrongCount(values.count, for: shape) }
  }
}
