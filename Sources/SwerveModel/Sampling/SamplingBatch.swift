import SwerveTensor

/// The active texts of one decoder: gives the decoder their tokens, draws from its logits, and starts the next text
/// where one ends.
///
/// A step processes several tokens of a text where more than one is known, as in a prompt, or drafted. Each drawn token
/// accepts or rejects the draft token at its position; what was processed after a rejected one is dropped. So drafts
/// change no text: a drawn token depends only on the tokens before it and on its own random number.
struct SamplingBatch {
  let decoder: Decoder
  /// Nil where nothing is drafted.
  let drafter: NGramDrafter?
  let slots: Int
  /// Most tokens of one text in a step.
  let tokensPerStep: Int
  let mode: SamplingMode
  let stream: RandomStream
  let step: Int
  let vocabulary: Int
  let keepsLogits: Bool

  /// - Parameters:
  ///   - queues: the batch takes its texts from here, as `thread`.
  ///   - results: one for every text; this batch fills in those of its own texts.
  func run(
    prompts: [[Int32]], rules: [any StopRule], limits: [Int], queues: WorkStealingQueues, thread: Int,
    results: UnsafeMutableBufferPointer<Generation>
  ) {
    var texts = [ActiveSequence?](repeating: nil, count: slots)
    var inputs: [DecoderInput] = []
    while true {
      copyPrompts(texts, queues, thread: thread)
      for slot in texts.indices where texts[slot]?.isOver ?? true {
        texts[slot] = queues.next(for: thread).map { row in
          ActiveSequence(
            row: row, prompt: prompts[row], limit: limits[row], rule: rules[row],
            draftState: drafter?.begin(prompt: prompts[row]), leader: leader(of: prompts[row], slot, texts))
        }
      }
      copyPrompts(texts, queues, thread: thread)
      collect(&inputs, from: texts)
      if inputs.isEmpty { return }
      decoder.step(
        inputs, isOutput: { texts[inputs[$0].slot]?.draws(after: inputs[$0].position) ?? false }, values: keepsLogits)
      // Each text is in one slot, so only one thread uses it.
      decoder.each(decoder.texts.count) { index, worker in
        let rows = decoder.texts[index]
        guard let text = texts[inputs[rows.lowerBound].slot] else { return }
        let before = text.position
        draw(rows, text, into: &results[text.row], worker: worker)
        queues.didProcess(text.position - before, by: thread)
        if text.isOver { queues.didEnd(text.row, after: text.position, by: thread) }
      }
      teach(inputs, texts)
    }
  }

  /// With a shorter prompt, waiting for another text to process it gains nothing.
  static let leastCopiedPrompt = 16

  /// The slot of a text whose prompt is the given one, so that its keys and values need not be computed again.
  private func leader(of prompt: [Int32], _ slot: Int, _ texts: [ActiveSequence?]) -> Int? {
    if prompt.count < Self.leastCopiedPrompt { return nil }
    return texts.indices.first { other in
      guard other != slot, let text = texts[other] else { return false }
      return !text.isOver && text.leader == nil && text.hasPrompt(prompt)
    }
  }

  /// Copies keys and values to the texts whose leaders have processed their prompt. The copies are the very numbers that
  /// the texts would compute. It comes before a slot is given away, because a leader may be over after its first token.
  private func copyPrompts(_ texts: [ActiveSequence?], _ queues: WorkStealingQueues, thread: Int) {
    for slot in texts.indices {
      guard let text = texts[slot], let leader = text.leader, let position = texts[leader]?.position,
        position >= text.sharedTokens
      else { continue }
      decoder.copy(from: leader, to: slot, tokens: text.sharedTokens)
      text.didCopyPrompt()
      queues.didProcess(text.position, by: thread)
    }
  }

  /// The tokens of the next step.
  private func collect(_ inputs: inout [DecoderInput], from texts: [ActiveSequence?]) {
    inputs.removeAll(keepingCapacity: true)
    let active = texts.count { $0.map { $0.leader == nil } ?? false }
    if active == 0 { return }
    let most = min(tokensPerStep, decoder.rows / active)
    for slot in texts.indices {
      guard let text = texts[slot], text.leader == nil else { continue }
      let tokens = text.next(most, drafter) { mode.isGreedy ? nil : uniform(row: text.row, position: $0) }
      for position in tokens.indices { inputs.append((slot, Int(tokens[position]), position)) }
    }
  }

  /// Has the drafter learn what the last step drew. This happens on one thread, because all texts share one drafter.
  private func teach(_ inputs: [DecoderInput], _ texts: [ActiveSequence?]) {
    guard let drafter else { return }
    for rows in decoder.texts {
      texts[inputs[rows.lowerBound].slot]?.teach(
        drafter, logits: { logits(after: rows.lowerBound + $0) }, inverseTemperature: mode.inverseTemperature)
    }
  }

  /// The random number that decides which token is drawn.
  private func uniform(row: Int, position: Int) -> Float { stream.uniform(step: step, row: row, position: position) }

  /// Draws tokens of a text from the logits of its rows in the last step, as long as its draft tokens are accepted.
  private func draw(_ rows: Range<Int>, _ text: ActiveSequence, into generation: inout Generation, worker: Int) {
    for row in rows where text.advance() {
      if let broken = brokenLogit(row) {
        // The other texts continue, so that the choice of the reported text does not depend on threads.
        generation.broken = broken
        return text.end()
      }
      let (token, logp) = choose(
        row, of: text.row, position: generation.tokens.count, weights: decoder.drawScratch[worker].pointer)
      generation.tokens.append(Int32(token))
      generation.logp.append(logp)
      if keepsLogits { keep(row, in: &generation) }
      if text.rule.stops(after: Int32(token)) || text.isAtLimit { return text.end() }
      if !text.take(Int32(token)) { return }
    }
  }

  /// The logits (V) after an input of the last step.
  private func logits(after row: Int) -> UnsafePointer<Float> {
    guard let output = decoder.logitRows[row] else { preconditionFailure("row \(row) of the step is no output") }
    return decoder.logits.pointer.reading + output * vocabulary
  }

  private func brokenLogit(_ row: Int) -> (token: Int, value: Float)? {
    let logits = logits(after: row)
    return firstNonFinite(logits, count: vocabulary).map { ($0, logits[$0]) }
  }

  private func keep(_ row: Int, in generation: inout Generation) {
    generation.logits.append(logits(after: row))
    if let values = decoder.values { generation.values.append(values.pointer[row]) }
  }

  private func choose(
    _ row: Int, of text: Int, position: Int, weights: UnsafeMutablePointer<Float>
  ) -> (token: Int, logp: Float) {
    let logits = logits(after: row)
    let normalizer = SoftmaxRow(logits, count: vocabulary, inverseTemperature: mode.inverseTemperature)
    let token: Int
    switch mode {
    case .greedy: token = greedy(logits, count: vocabulary)
    case .sample:
      token = pick(
        logits, normalizer, count: vocabulary,
        uniform: uniform(row: text, position: position), weights: weights)
    }
    return (token, normalizer.logp(logits[token]))
  }
}
