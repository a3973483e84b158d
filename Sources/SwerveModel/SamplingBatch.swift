import SwerveTensor

/// The texts in flight in one decoder: gives it their tokens, draws from its logits, and lets the next text in where one ends.
struct SamplingBatch {
  private struct Slot {
    let row: Int
    var rule: any StopRule
    var position = 0
    var token: Int
  }

  let decoder: Decoder
  let slots: Int
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
    var slots = [Slot?](repeating: nil, count: slots)
    var inputs: [(slot: Int, token: Int, position: Int)] = []
    while true {
      for index in slots.indices where slots[index] == nil {
        guard let row = shares.next(for: thread) else { break }
        slots[index] = Slot(row: row, rule: rules[row], token: Int(prompts[row][0]))
      }
      inputs.removeAll(keepingCapacity: true)
      for index in slots.indices {
        if let slot = slots[index] { inputs.append((index, slot.token, slot.position)) }
      }
      if inputs.isEmpty { return }
      decoder.step(inputs, values: keepsLogits)
      shares.didProcess(inputs.count, by: thread)
      // Each text is in one slot, and so one thread's.
      slots.withUnsafeMutableBufferPointer { slots in
        decoder.each(inputs.count) { place, worker in
          let index = inputs[place].slot
          guard let row = slots[index]?.row, let position = slots[index]?.position else { return }
          slots[index]?.position = position + 1
          if position + 1 < prompts[row].count {
            slots[index]?.token = Int(prompts[row][position + 1])
          } else if draw(place, &slots[index], row, limit: limits[row], into: &results[row], worker: worker) {
            slots[index] = nil
            shares.didEnd(row, after: position + 1, by: thread)
          }
        }
      }
    }
  }

  /// Draws the next token of the text at `place` of the last step; true ends the text. The slot is changed where it lies, so
  /// that its rule is not copied for each token.
  private func draw(
    _ place: Int, _ slot: inout Slot?, _ row: Int, limit: Int, into generation: inout Generation, worker: Int
  ) -> Bool {
    if let broken = brokenLogit(place) {
      // The other texts go on, so that which one is reported does not depend on threads.
      generation.broken = broken
      return true
    }
    let (token, logp) = choose(
      place, row: row, position: generation.tokens.count, weights: decoder.drawScratch[worker].pointer)
    generation.tokens.append(Int32(token))
    generation.logp.append(logp)
    if keepsLogits { keep(place, in: &generation) }
    slot?.token = token
    return slot?.rule.stops(after: Int32(token)) ?? true || generation.tokens.count == limit
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
        uniform: stream.uniform(step: step, row: row, position: position), weights: weights)
    }
    return (token, normalizer.logp(logits[token]))
  }
}
