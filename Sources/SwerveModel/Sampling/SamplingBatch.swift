import SwerveTensor

/// The texts in flight in one decoder: gives it their tokens, draws from its logits, and lets the next text in where one ends.
///
/// A step processes several tokens of a text where more than one is known, as of a prompt, or guessed. Each drawn token is
/// compared with the guess; what was processed after a wrong one is dropped. So guesses change no text: what is drawn depends
/// on the tokens before it and on its own random number only.
struct SamplingBatch {
  let decoder: Decoder
  /// Nil where nothing is to be guessed.
  let drafter: Drafter?
  let slots: Int
  /// Most tokens of one text in a step.
  let tokensPerStep: Int
  let mode: SamplingMode
  let stream: RandomStream
  let step: Int
  let vocabulary: Int
  let keepsLogits: Bool

  /// - Parameters:
  ///   - shares: where the texts come from, as those of `thread`.
  ///   - results: of every text, for those that this batch gets.
  func run(
    prompts: [[Int32]], rules: [any StopRule], limits: [Int], shares: TextShares, thread: Int,
    results: UnsafeMutableBufferPointer<Generation>
  ) {
    var texts = [TextInFlight?](repeating: nil, count: slots)
    var inputs: [DecoderInput] = []
    while true {
      for slot in texts.indices where texts[slot]?.isOver ?? true {
        texts[slot] = shares.next(for: thread).map { row in
          TextInFlight(
            row: row, prompt: prompts[row], limit: limits[row], rule: rules[row],
            expected: drafter?.begin(prompt: prompts[row]))
        }
      }
      collect(&inputs, from: texts)
      if inputs.isEmpty { return }
      decoder.step(inputs, values: keepsLogits)
      // Each text is in one slot, and so one thread's.
      decoder.each(decoder.texts.count) { index, worker in
        let places = decoder.texts[index]
        guard let text = texts[inputs[places.lowerBound].slot] else { return }
        let before = text.position
        draw(places, text, into: &results[text.row], worker: worker)
        shares.didProcess(text.position - before, by: thread)
        if text.isOver { shares.didEnd(text.row, after: text.position, by: thread) }
      }
      teach(inputs, texts)
    }
  }

  /// The tokens of the next step.
  private func collect(_ inputs: inout [DecoderInput], from texts: [TextInFlight?]) {
    inputs.removeAll(keepingCapacity: true)
    let inFlight = texts.count { $0 != nil }
    if inFlight == 0 { return }
    let most = min(tokensPerStep, decoder.rows / inFlight)
    for slot in texts.indices {
      guard let text = texts[slot] else { continue }
      let tokens = text.next(most, drafter) { mode.isGreedy ? nil : uniform(row: text.row, position: $0) }
      for position in tokens.indices { inputs.append((slot, Int(tokens[position]), position)) }
    }
  }

  /// Has the drafter learn what the last step drew; on one thread, as all texts have one drafter.
  private func teach(_ inputs: [DecoderInput], _ texts: [TextInFlight?]) {
    guard let drafter else { return }
    for places in decoder.texts {
      let logits = decoder.logits.pointer.reading + places.lowerBound * vocabulary
      texts[inputs[places.lowerBound].slot]?.teach(
        drafter, logits: { logits + $0 * vocabulary }, inverseTemperature: mode.inverseTemperature)
    }
  }

  /// The random number that says which token is drawn.
  private func uniform(row: Int, position: Int) -> Float { stream.uniform(step: step, row: row, position: position) }

  /// Draws tokens of a text from the logits at `places` of the last step, as long as the guesses hold.
  private func draw(_ places: Range<Int>, _ text: TextInFlight, into generation: inout Generation, worker: Int) {
    for place in places where text.advance() {
      if let broken = brokenLogit(place) {
        // The other texts go on, so that which one is reported does not depend on threads.
        generation.broken = broken
        return text.end()
      }
      let (token, logp) = choose(
        place, row: text.row, position: generation.tokens.count, weights: decoder.drawScratch[worker].pointer)
      generation.tokens.append(Int32(token))
      generation.logp.append(logp)
      if keepsLogits { keep(place, in: &generation) }
      if text.rule.stops(after: Int32(token)) || text.isAtLimit { return text.end() }
      if !text.take(Int32(token)) { return }
    }
  }

  private func brokenLogit(_ place: Int) -> (token: Int, value: Float)? {
    let logits = decoder.logits.pointer.reading + place * vocabulary
    return firstNonFinite(logits, count: vocabulary).map { ($0, logits[$0]) }
  }

  private func keep(_ place: Int, in generation: inout Generation) {
    let logits = decoder.logits.pointer.reading + place * vocabulary
    generation.logits.append(contentsOf: UnsafeBufferPointer(start: logits, count: vocabulary))
    if let values = decoder.values { generation.values.append(values.pointer[place]) }
  }

  private func choose(
    _ place: Int, row: Int, position: Int, weights: UnsafeMutablePointer<Float>
  ) -> (token: Int, logp: Float) {
    let logits = decoder.logits.pointer.reading + place * vocabulary
    let normalizer = SoftmaxRow(logits, count: vocabulary, inverseTemperature: mode.inverseTemperature)
    let token: Int
    switch mode {
    case .greedy: token = greedy(logits, count: vocabulary)
    case .sample:
      token = pick(
        logits, normalizer, count: vocabulary,
        uniform: uniform(row: row, position: position), weights: weights)
    }
    return (token, normalizer.logp(logits[token]))
  }
}
