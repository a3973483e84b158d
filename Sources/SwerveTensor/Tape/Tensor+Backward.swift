extension Tensor {
  /// Sends the gradient 1 from this scalar to every variable that it depends on.
  ///
  /// Order: nodes are visited in descending order of creation; a node sends to its operands in the order of the
  /// operation's arguments; what arrives at a node is added to what is there. Only nodes that require a gradient are
  /// visited. A variable adds the result to the gradient it has from earlier graphs. Afterwards the graph is dropped.
  /// - Throws: `TensorError` if this is not a scalar, depends on no variable, or if `backward` went through a part of
  ///   this graph before; then no gradient has changed.
  package func backward() throws {
    guard case .scalar = shape else { throw TensorError.backwardNeedsScalar(got: shape) }
    guard requiresGradient else { throw TensorError.nothingToDifferentiate }
    let nodes = try reachableNodes()
    arrived = [1]
    for node in nodes {
      // Every node in the list was reached over an edge, whose sender came earlier.
      guard let gradient = node.arrived else { continue }
      node.arrived = nil
      node.send(gradient)
    }
  }

  /// The nodes that this one depends on and that require a gradient, itself included, in descending order of creation.
  private func reachableNodes() throws -> [Tensor] {
    var seen: Set<Int> = [order]
    var nodes = [self]
    var next = 0
    while next < nodes.count {
      let node = nodes[next]
      next += 1
      if node.isConsumed { throw TensorError.backwardTwice }
      for edge in node.edges where seen.insert(edge.operand.order).inserted { nodes.append(edge.operand) }
    }
    return nodes.sorted { $0.order > $1.order }
  }

  private func send(_ gradient: [Float]) {
    guard !edges.isEmpty else {
      self.gradient = self.gradient.map { map($0, gradient, +) } ?? gradient
      return
    }
    for edge in edges {
      let part = edge.pullback(gradient)
      edge.operand.arrived = edge.operand.arrived.map { map($0, part, +) } ?? part
    }
    edges = []
    isConsumed = true
  }
}
