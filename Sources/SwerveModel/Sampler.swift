import SwerveTensor
import Synchronization

/// How tokens are chosen.
package enum SamplingMode: Sendable {
  /// From softmax(logits / temperature), by one uniform number a token.
  case sample(temperature: Float)
  /// The most probable token; log-probabilities are at temperature 1.
  case greedy

  var inverseTemperature: Float {
    switch self {
    case .sample(let temperature): 1 / temperature
    case .greedy: 1
    }
  }
}

/// A generated text: its tokens after the prompt, and their log-probabilities when they were drawn.
package struct Generation: Sendable {
  package var tokens: [Int32] = []
  package var logp: [Float] = []
  /// (tokens, V): the logits that each token was drawn from, where they were asked for.
  package var logits: [Float] = []
  /// (tokens): the value head's output before each token, where logits were asked for and the model has the head.
  package var values: [Float] = []
  /// The logit that ended the text, as nothing can be drawn from NaN or infinity.
  var broken: (token: Int, value: Float)?
}

/// Watches one text while it is generated. Values are independent of each other and are used from any one thread at a time.
package protocol StopRule: Sendable {
  /// Takes the next token; true ends the text with it.
  mutating func stops(after token: Int32) -> Bool
}

/// Generates many texts with one model, and keeps its caches for the next call.
///
/// Text i draws its uniform numbers at (step, row i, position of the generated token), so that its tokens do not depend on the
/// other texts, on how many are in flight, or on threads. A finished text leaves its slot to the next one at once.
package final class Sampler {
  package let model: Transformer
  let pool: WorkerPool
  private var decoders: [Decoder] = []

  package init(_ model: Transformer, pool: WorkerPool) {
    self.model = model
    self.pool = pool
  }

  /// Texts in flight on one thread.
  ///
  /// A token reads the keys and values of its text, and its share of all weights: more texts in flight read the weights less
  /// often, but their caches leave the processor's. The compromise was measured (docs/performance.md).
  private func slotsPerThread(texts: Int, length: Int) -> Int {
    let c = model.configuration
    let wanted = 3 * model.layout.count / (2 * c.layers * c.width * length)
    let slots = min(max((wanted + 7) / 8 * 8, 8), 64)
    return max(1, min(slots, (texts + pool.threads - 1) / pool.threads))
  }

  /// - Parameters:
  ///   - prompts: at least one token each.
  ///   - rules: one for each prompt.
  ///   - limits: most tokens to generate for each prompt, at least 1.
  ///   - keepsLogits: also return what each token was drawn from.
  /// - Throws: where a prompt with its limit is longer than the context; where a logit is NaN or infinite, naming the first
  ///   such text.
  package func generate(
    prompts: [[Int32]], rules: [any StopRule], limits: [Int], mode: SamplingMode, stream: RandomStream, step: Int,
    keepsLogits: Bool = false
  ) throws(ModelError) -> [Generation] {
    let longest = try longestText(prompts, limits)
    try TokenBatch(prompts).check(model.configuration)
    model.prepare(pool: pool)
    let results = UnsafeMutableBufferPointer<Generation>.allocate(capacity: prompts.count)
    results.initialize(repeating: Generation())
    defer {
      results.deinitialize()
      results.deallocate()
    }
    let queue = Atomic<Int>(0)
    let slots = slotsPerThread(texts: prompts.count, length: longest)
    reserve(slots: slots, length: longest)
    pool.run(pool.threads) { worker, _ in
      var worker = SamplingWorker(
        decoders[worker], slots: slots, mode: mode, stream: stream, step: step,
        vocabulary: model.configuration.vocabulary,
        keepsLogits: keepsLogits)
      worker.run(prompts: prompts, rules: rules, limits: limits, results: results) {
        let next = queue.wrappingAdd(1, ordering: .relaxed).oldValue
        return next < prompts.count ? next : nil
      }
    }
    try check(results, step: step)
    return Array(results)
  }

  /// Tokens of the longest prompt with its limit.
  private func longestText(_ prompts: [[Int32]], _ limits: [Int]) throws(ModelError) -> Int {
    var longest = 1
    for (row, prompt) in prompts.enumerated() {
      if prompt.isEmpty || limits[row] < 1 {
        throw ModelError(
          "episode \(row) has a prompt of \(prompt.count) tokens and may generate \(limits[row]); it needs at least one of each "
            + "within the model's context of \(model.configuration.context)")
      }
      let need = prompt.count + limits[row]
      if need > model.configuration.context {
        throw ModelError(
          "episode \(row) may take \(need) tokens (prompt \(prompt.count), limit \(limits[row])), but the model's context is "
            + "\(model.configuration.context): use a model with a longer context or shorter numbers")
      }
      longest = max(longest, need)
    }
    return longest
  }

  /// The first text that ended with a logit that is not finite, and what may have caused it.
  private func check(_ results: UnsafeMutableBufferPointer<Generation>, step: Int) throws(ModelError) {
    for (row, text) in results.enumerated() {
      guard let broken = text.broken else { continue }
      let cause =
        model.firstNonFiniteWeight.map { "\($0.tensor) at element \($0.index) is \($0.value)" }
        ?? "all weights are finite, so an activation overflowed; a lower learning rate may help"
      throw ModelError(
        "step \(step), episode \(row): after \(text.tokens.count) tokens the logit of token \(broken.token) is "
          + "\(broken.value), from which nothing can be drawn: \(cause)")
    }
  }

  /// Makes the decoders anew where they are too small.
  private func reserve(slots: Int, length: Int) {
    if let first = decoders.first, first.slots >= slots, first.length >= length { return }
    let slots = max(slots, decoders.first?.slots ?? 0)
    let length = max(length, decoders.first?.length ?? 0)
    decoders = []
    decoders = (0..<pool.threads).map { _ in Decoder(model, slots: slots, length: length) }
  }
}

/// The texts in flight on one thread.
private struct SamplingWorker {
  private struct Slot {
    let row: Int
    var rule: any StopRule
    var position = 0
    var token: Int
  }

  private let decoder: Decoder
  private let mode: SamplingMode
  private let stream: RandomStream
  private let step: Int
  private let vocabulary: Int
  private let keepsLogits: Bool
  private var slots: [Slot?]

  init(
    _ decoder: Decoder, slots: Int, mode: SamplingMode, stream: RandomStream, step: Int, vocabulary: Int,
    keepsLogits: Bool
  ) {
    self.decoder = decoder
    self.mode = mode
    self.stream = stream
    self.step = step
    self.vocabulary = vocabulary
    self.keepsLogits = keepsLogits
    self.slots = [Slot?](repeating: nil, count: slots)
  }

  mutating func run(
    prompts: [[Int32]], rules: [any StopRule], limits: [Int], results: UnsafeMutableBufferPointer<Generation>,
    next: () -> Int?
  ) {
    var inputs: [(slot: Int, token: Int, position: Int)] = []
    while true {
      inputs.removeAll(keepingCapacity: true)
      for index in slots.indices {
        if slots[index] == nil, let row = next() {
          slots[index] = Slot(row: row, rule: rules[row], token: Int(prompts[row][0]))
        }
        if let slot = slots[index] { inputs.append((index, slot.token, slot.position)) }
      }
      if inputs.isEmpty { return }
      decoder.step(inputs, values: keepsLogits)
      for (place, input) in inputs.enumerated() {
        guard var slot = slots[input.slot] else { continue }
        let prompt = prompts[slot.row]
        slot.position += 1
        if slot.position < prompt.count {
          slot.token = Int(prompt[slot.position])
          slots[input.slot] = slot
          continue
        }
        let ended = draw(place, &slot, limit: limits[slot.row], into: &results[slot.row])
        slots[input.slot] = ended ? nil : slot
      }
    }
  }

  /// Draws the next token of the text at `place` of the last step; true ends the text.
  private func draw(_ place: Int, _ slot: inout Slot, limit: Int, into generation: inout Generation) -> Bool {
    if let broken = brokenLogit(place) {
      // The other texts go on, so that which one is reported does not depend on threads.
      generation.broken = broken
      return true
    }
    let (token, logp) = choose(place, row: slot.row, position: generation.tokens.count)
    generation.tokens.append(Int32(token))
    generation.logp.append(logp)
    if keepsLogits { keep(place, in: &generation) }
    slot.token = token
    return slot.rule.stops(after: Int32(token)) || generation.tokens.count == limit
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

  private func choose(_ place: Int, row: Int, position: Int) -> (token: Int, logp: Float) {
    let logits = decoder.logits.pointer.reading + place * vocabulary
    let normalizer = SoftmaxRow(logits, count: vocabulary, inverseTemperature: mode.inverseTemperature)
    let token: Int
    switch mode {
    case .greedy: token = greedy(logits, count: vocabulary)
    case .sample:
      token = pick(
        logits, normalizer, count: vocabulary,
        uniform: stream.uniform(step: step, row: row, position: position), weights: decoder.weights.pointer)
    }
    return (token, normalizer.logp(logits[token]))
  }
}
