import SwerveTensor

/// x = (tokens[token] + types[type]) + positions[position], with the terms that the model has.
struct TokenEmbedding: Embedding {
  let vocabulary: Int
  let width: Int
  /// The table (V, C).
  let tokens: Parameter
  private let positions: Parameter?  // (context, C)
  private let types: Parameter?  // (number of types, C)
  private let typeCount: Int
  private let isTied: Bool
  private let context: Int

  /// - Parameters:
  ///   - positions: the name of the table of learned positions; nil where there is none.
  ///   - types: name and length of the table of token types; nil where there is none.
  ///   - isTied: the unembedding's weight is the token table, too.
  init(
    _ name: String, positions: String?, types: (name: String, count: Int)? = nil, vocabulary: Int, context: Int,
    width: Int, isTied: Bool = true, _ plan: inout ModelPlan
  ) {
    self.isTied = isTied
    self.vocabulary = vocabulary
    self.context = context
    self.width = width
    tokens = plan.parameter(name + ".weight", [vocabulary, width], .tokenTable)
    self.positions = positions.map { plan.parameter($0 + ".weight", [context, width], .embedding) }
    typeCount = types?.count ?? 0
    self.types = types.map { plan.parameter($0.name + ".weight", [$0.count, width], .embedding) }
  }

  func forward(_ x: UnsafeMutablePointer<Float>, _ pass: Pass) {
    pass.forEachRun { run in
      for t in 0..<run.length {
        let place = pass.shard.tokens.lowerBound + run.first + t
        embed(
          x + (run.first + t) * width, token: Int(pass.batch.tokens[place]), type: pass.batch.type(place),
          position: run.position + t, pass.weights)
      }
    }
  }

  func decode(_ x: UnsafeMutablePointer<Float>, _ step: DecodeStep) {
    for (row, input) in step.inputs.enumerated() {
      embed(x + row * width, token: input.token, type: 0, position: input.position, step.weights)
    }
  }

  private func embed(
    _ x: UnsafeMutablePointer<Float>, token: Int, type: Int, position: Int, _ weights: ModelWeights
  ) {
    x.update(from: weights[tokens] + token * width, count: width)
    if let types { addInto(x, weights[types] + type * width, count: width) }
    if let positions { addInto(x, weights[positions] + position * width, count: width) }
  }

  /// Adds to the gradient of the token table, which a tied unembedding has written before.
  func backward(_ dX: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock) {
    let dTokens = isTied ? gradient[tokens] : gradient.sum(at: tokens, count: vocabulary * width)
    let dPositions = positions.flatMap { gradient.sum(at: $0, count: context * width) }
    let dTypes = types.flatMap { gradient.sum(at: $0, count: typeCount * width) }
    if dTokens == nil && dPositions == nil && dTypes == nil { return }
    pass.forEachRun { run in
      for t in 0..<run.length {
        let d = dX + (run.first + t) * width
        let place = pass.shard.tokens.lowerBound + run.first + t
        let token = pass.batch.tokens[place]
        if let dTokens { addInto(dTokens + Int(token) * width, d, count: width) }
        if let dPositions { addInto(dPositions + (run.position + t) * width, d, count: width) }
        if let dTypes { addInto(dTypes + pass.batch.type(place) * width, d, count: width) }
      }
    }
  }
}
