/// The three shapes of the tape.
package enum TensorShape: Equatable, Sendable, CustomStringConvertible {
  /// One number.
  case scalar
  /// One number per token.
  case tokens(TokenLayout)
  /// `V` numbers per token, those of one token next to each other.
  case tokensBy(TokenLayout, Int)

  package var elementCount: Int {
    switch self {
    case .scalar: 1
    case .tokens(let layout): layout.count
    case .tokensBy(let layout, let size): layout.count * size
    }
  }

  /// The layout of the tokens; nil for a scalar.
  package var layout: TokenLayout? {
    switch self {
    case .scalar: nil
    case .tokens(let layout), .tokensBy(let layout, _): layout
    }
  }

  /// For messages, such as `tokens(12 in 3 rows) x 17`.
  package var description: String {
    switch self {
    case .scalar: "scalar"
    case .tokens(let layout): "tokens(\(layout.count) in \(layout.rows) rows)"
    case .tokensBy(let layout, let size): "tokens(\(layout.count) in \(layout.rows) rows) x \(size)"
    }
  }

  /// The shape that both broadcast to: a scalar goes with anything, (tokens) with (tokens, V) of the same layout.
  /// - Throws: `TensorError` that names the operation and both shapes.
  static func combined(_ operation: String, _ a: TensorShape, _ b: TensorShape) throws -> TensorShape {
    guard let layoutA = a.layout else { return b }
    guard let layoutB = b.layout else { return a }
    if let reason = layoutA.difference(from: layoutB) {
      throw TensorError.cannotCombine(operation, a, b, because: reason)
    }
    switch (a, b) {
    case (.tokensBy(_, let sizeA), .tokensBy(_, let sizeB)) where sizeA != sizeB:
      throw TensorError.cannotCombine(
        operation, a, b, because: "each token has \(sizeA) values in one and \(sizeB) in the other")
    case (.tokensBy, _): return a
    default: return b
    }
  }
}
