import SwerveTensor

/// x = tokens[token] + positions[position], the latter where positions are learned.
struct TokenEmbedding: Sendable {
  let vocabulary: Int
  let width: Int
  /// Where the table (V, C) begins among the parameters.
  let tokens: Int
  private let positions: Int?  // (context, C)
  private let isTied: Bool
  private let context: Int

  /// - Parameters:
  ///   - positions: the name of the table of learned positions; nil where there is none.
  ///   - isTied: the unembedding's weight is the token table, too.
  init(
    _ name: String, positions: String?, vocabulary: Int, context: Int, width: Int, isTied: Bool = true,
    _ plan: inout ModelPlan
  ) {
    self.isTied = isTied
    self.vocabulary = vocabulary
    self.context = context
    self.width = width
    tokens = plan.parameter(name + ".weight", [vocabulary, width], .embedding)
    self.positions = positions.map { plan.parameter($0 + ".weight", [context, width], .embedding) }
  }

  func forward(_ x: UnsafeMutablePointer<Float>, _ pass: Pass) {
    pass.forEachRun { run in
      for t in 0..<run.length {
        let token = pass.batch.tokens[pass.shard.tokens.lowerBound + run.first + t]
        embed(x + (run.first + t) * width, token: Int(token), position: run.position + t, pass.parameters)
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

  /// Adds to the gradient of the token table, which a tied unembedding has written before.
  func backward(_ dX: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock) {
    let dTokens = isTied ? gradient + tokens : gradient.sum(at: tokens, count: vocabulary * width)
    let dPositions = positions.map { gradient.sum(at: $0, count: context * width) }
    pass.forEachRun { run in
      for t in 0..<run.length {
        let d = dX + (run.first + t) * width
        let token = pass.batch.tokens[pass.shard.tokens.lowerBound + run.first + t]
        addInto(dTokens + Int(token) * width, d, count: width)
        if let dPositions { addInto(dPositions + (run.position + t) * width, d, count: width) }
      }
    }
  }
}
