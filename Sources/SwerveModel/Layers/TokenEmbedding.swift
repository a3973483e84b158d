import SwerveTensor

/// x = tokens[token] + positions[position], the latter where positions are learned.
struct TokenEmbedding: Sendable {
  let vocabulary: Int
  let width: Int
  /// Where the table (V, C) begins among the parameters.
  let tokens: Int
  private let positions: Int?  // (context, C)
  private let context: Int

  /// - Parameter positions: the name of the table of learned positions; nil where there is none.
  init(
    _ name: String, positions: String?, vocabulary: Int, context: Int, width: Int, _ plan: inout ModelPlan
  ) {
    self.vocabulary = vocabulary
    self.context = context
    self.width = width
    tokens = plan.parameter(name + ".weight", [vocabulary, width], .embedding)
    self.positions = positions.map { plan.parameter($0 + ".weight", [context, width], .embedding) }
  }

  func forward(_ x: UnsafeMutablePointer<Float>, _ pass: Pass) {
    pass.forEachText { first, length, position in
      for t in 0..<length {
        let token = pass.batch.tokens[pass.shard.tokens.lowerBound + first + t]
        embed(x + (first + t) * width, token: Int(token), position: position + t, pass.parameters)
      }
    }
  }

  func decode(_ x: UnsafeMutablePointer<Float>, _ step: DecodeStep) {
    for (row, input) in step.inputs.enumerated() {
      embed(x + row * width, token: input.token, position: input.position, step.parameters)
    }
  }

  private func embed(
    _ x: UnsafeMutablePointer<Float>, token: Int, position: Int, _ parameters: UnsafePointer<Float>
  ) {
    x.update(from: parameters + tokens + token * width, count: width)
    if let positions { addInto(x, parameters + positions + position * width, count: width) }
  }

  /// Adds to the gradient of the token table, which the tied unembedding has written.
  func backward(_ dX: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock) {
    let dPositions = positions.map { gradient.sum(at: $0, count: context * width) }
    pass.forEachText { first, length, position in
      for t in 0..<length {
        let d = dX + (first + t) * width
        let token = pass.batch.tokens[pass.shard.tokens.lowerBound + first + t]
        addInto(gradient + (tokens + Int(token) * width), d, count: width)
        if let dPositions { addInto(dPositions + (position + t) * width, d, count: width) }
      }
    }
  }
}
