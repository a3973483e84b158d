import SwerveTensor

extension Transformer {
  /// Takes one shard of a batch through the model and leaves everything in `a`.
  ///
  /// Order of operations: a residual sum starts the chain of the product that is added: ((x + bias) + a0 b0) + ...
  /// - Parameter logits: false leaves out the last product, where only hidden states or values are wanted.
  /// - Precondition: `prepare` was called after the last change of the weights, and the batch passed `check`.
  package func forward(
    _ batch: TokenBatch, _ shard: Shard, into a: Activations, _ w: Workspace, logits: Bool = true
  ) {
    let outputs = logits ? shard.outputCount(batch) : 0
    a.reserve(shard.tokens.count, outputs: outputs)
    w.reserve(shard.tokens.count, outputs: outputs)
    let pass = Pass(weights, batch, shard, a, w)
    let blocks = layers.blocks
    layers.embedding.forward(pass[blocks.first?.input ?? layers.last], pass)
    for (index, block) in blocks.enumerated() {
      block.forward(pass[index + 1 < blocks.count ? blocks[index + 1].input : layers.last], pass)
    }
    let hidden = pass[layers.hidden]
    layers.norm?.forward(hidden, pass[layers.last], pass)
    if logits { layers.unembedding?.forward(hidden, pass) }
    layers.pooler?.forward(hidden, pass)
    layers.valueHead?.forward(hidden, pass)
    layers.classifier?.forward(hidden, layers.pooler, pass)
  }

  /// One step of a decoder: leaves hidden states, logits and, if asked for, values of its rows.
  /// - Precondition: the model predicts tokens (`checkPredictsTokens`).
  func decode(_ step: DecodeStep, values: Bool) {
    let x = step[layers.last]
    layers.embedding.decode(x, step)
    for block in layers.blocks { block.decode(x, step) }
    let hidden = step[layers.hidden]
    layers.norm?.decode(hidden, x, step)
    layers.unembedding?.decode(hidden, step)
    if values { layers.valueHead?.decode(hidden, step) }
  }

  /// Adds the gradient of one shard to a lane's block.
  ///
  /// The caller has written the gradient of the logits to `w.dLogits` (outputs, V) and, with a value head, of the values to
  /// `w.dValues` (N); for an encoder, that of the hidden states to `w.dHidden` (N, C) and of the texts' vectors to
  /// `w.dPooled` (texts, C); with a classifier only that of the scores to `w.dScores` (texts, labels), and of logits, where
  /// the batch has outputs. Order of operations: an element of a weight's gradient is one chain over the shard's tokens
  /// in increasing order. It starts from what the block holds, or from zero where the shard is the lane's first.
  /// - Parameter detachValue: the value head's gradient stops at the hidden states.
  package func backward(
    _ batch: TokenBatch, _ shard: Shard, _ a: Activations, _ w: Workspace,
    into gradient: GradientBlock, detachValue: Bool = false
  ) {
    let pass = Pass(weights, batch, shard, a, w)
    let (hidden, dHidden, dStream) = (pass[layers.hidden], pass[layers.dHidden], pass[layers.dStream])
    layers.unembedding?.backward(dHidden: dHidden, hidden, pass, into: gradient)
    if let classifier = layers.classifier {
      if layers.unembedding == nil { dHidden.update(repeating: 0, count: pass.rows * configuration.width) }
      classifier.backward(dHidden: dHidden, layers.pooler, pass, into: gradient)
    }
    layers.pooler?.backward(dHidden: dHidden, pass, into: gradient)
    layers.valueHead?.backward(dHidden: detachValue ? nil : dHidden, hidden, pass, into: gradient)
    if configuration.frozen == .body { return }
    if let norm = layers.norm {
      dStream.update(repeating: 0, count: pass.rows * configuration.width)
      norm.backward(dX: dStream, dHidden, pass[layers.last], pass, into: gradient)
    } else {
      dStream.update(from: dHidden, count: pass.rows * configuration.width)
    }
    for block in layers.blocks.reversed() { block.backward(dStream, pass, into: gradient) }
    layers.embedding.backward(dStream, pass, into: gradient)
  }
}

extension TokenBatch {
  /// The first text that does not fit the context or holds a token outside of the vocabulary.
  package func check(_ configuration: ModelConfiguration) throws(ModelError) {
    for row in 0..<rows {
      if positions[row] < 0 { throw ModelError("text \(row) starts at position \(positions[row]), expected 0 or more") }
      var end = 0
      forEachRun(of: row) { end = max(end, $0.position + $0.length) }
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
