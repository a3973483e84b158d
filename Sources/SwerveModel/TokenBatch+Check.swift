extension TokenBatch {
  /// The first text that does not fit the context or holds a token outside of the vocabulary.
  package func check(_ configuration: ModelConfiguration) throws(ModelError) {
    for row in 0..<rows {
      if positions[row] < 0 { throw ModelError("text \(row) starts at position \(positions[row]), expected 0 or more") }
      let end = positions[row] + length(row)
      if end > configuration.context {
        throw ModelError(
          "text \(row) needs \(end) positions, but the model's context is \(configuration.context): use a model with a longer "
            + "context or a task with shorter texts")
      }
    }
    if !types.isEmpty && types.count != tokens.count {
      throw ModelError("there are \(types.count) types of \(tokens.count) tokens")
    }
    if let bad = types.firstIndex(where: { $0 != 0 && !(0..<configuration.tokenTypes).contains(Int($0)) }) {
      throw ModelError(
        "token \(bad) has type \(types[bad]), but the model has \(configuration.tokenTypes) types, counted from 0")
    }
    if !configuration.family.predictsTokens, let empty = (0..<rows).first(where: { length($0) == 0 }) {
      throw ModelError("text \(empty) holds no token, and an encoder needs one at least")
    }
    if let bad = tokens.firstIndex(where: { $0 < 0 || Int($0) >= configuration.vocabulary }) {
      throw ModelError(
        "token \(tokens[bad]) at place \(bad) is outside of the vocabulary 0..<\(configuration.vocabulary)")
    }
  }
}
