import SwerveTensor

/// x = (tokens[token] + types[type]) + positions[position], with the terms that the model has.
struct TokenEmbedding: Embedding {
  let vocabulary: Int
  let width: Int
  /// Where the table (V, C) begins among the parameters.
  let tokens: Int
  private let positions: Int?  // (context, C)
  private let types: Int?  // (number of types, C)
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
    tokens = plan.parameter(name + ".weight", [vocabulary, width], .embedding)
    self.positions = positions.map { plan.parameter($0 + ".weight", [context, width], .embedding) }
    typeCount = types?.count ?? 0
    self.types = types.map { plan.parameter($0.name + ".weight", [$0.count, width], .embedding) }
  }

  func forward(_ x: UnsafeMutablePointer<Float>, _ pass: Pass) {
    pass.forEachText { first, length, position in
      for t in 0..<length {
        let place = pass.shard.tokens.lowerBound + first + t
        embed(
          x + (first + t) * width, token: Int(pass.batch.tokens[place]), type: pass.batch.type(place),
          position: position + t, pass.parameters)
      }
    }
  }

  func decode(_ x: UnsafeMutablePointer<Float>, _ step: DecodeStep) {
    for (row, input) in step.inputs.enumerated() {
      embed(x + row * width, token: input.token, type: 0, position: input.position, step.parameters)
    }
  }

  private func embed(
    _ x: UnsafeMutablePointer<Float>, token: Int, type: Int, position: Int, _ parameters: UnsafePointer<Float>
  ) {
    x.update(from: parameters + tokens + token * width, count: width)
    if let types { addInto(x, parameters + types + type * width, count: width) }
    if let positions { addInto(x, parameters + positions + position * width, count: width) }
  }

  /// Adds to the gradient of the token table, which a tied unembedding has written before.
  func backward(_ dX: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock) {
    let dTokens = isTied ? gradient + tokens : gradient.sum(at: tokens, count: vocabulary * width)
    let dPositions = positions.map { gradient.sum(at: $0, count: context * width) }
    let dTypes = types.map { gradient.sum(at: $0, count: typeCount * width) }
    pass.forEachText { first, length, position in
      for t in 0..<length {
        let d = dX + (first + t) * width
        let place = pass.shard.tokens.lowerBound + first + t
        let token = pass.batch.tokens[place]
        addInto(dTokens + Int(token) * width, d, count: width)
        if let dPositions { addInto(dPositions + (position + t) * width, d, count: width) }
        if let dTypes { addInto(dTypes + pass.batch.type(place) * width, d, count: width) }
      }
    }
  }
}
