import SwerveTensor

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

  var isGreedy: Bool {
    switch self {
    case .sample: false
    case .greedy: true
    }
  }
}

/// A generated text: its tokens after the prompt, and their log-probabilities when they were drawn.
package struct Generation: Sendable {
  package var tokens: [Int32] = []
  package var logp: [Float] = []
  /// The logits that each token was drawn from, where they were asked for.
  package var logits = KeptLogits(in: nil)
  /// (tokens): the value head's output before each token, where logits were asked for and the model has the head.
  package var values: [Float] = []
  /// The logit that ended the text, as nothing can be drawn from NaN or infinity.
  var broken: (token: Int, value: Float)?
}

/// Watches one text while it is generated. Values are independent of each other. Any thread may use a value, but only
/// one at a time.
package protocol StopRule: Sendable {
  /// Takes the next token; true ends the text with it.
  mutating func stops(after token: Int32) -> Bool
}

/// A rule that never ends a text before its limit.
package struct NeverStop: StopRule {
  package init() {}
  package mutating func stops(after token: Int32) -> Bool { false }
}

/// Generates many texts with one model, and keeps its caches for the next call.
///
/// Text i draws its uniform numbers at (step, row i, position of the generated token), so that its tokens do not depend
/// on the other texts, on how many are active, on threads, or on drafts. A finished text leaves its slot to the next
/// one at once. Of several ranks, each generates some of the texts and gets the tokens of the others.
package final class Sampler {
  package let model: Transformer
  let pool: WorkerPool
  private let sharesSteps: Bool?
  private let tokensPerStep: Int
  private let drafts: Bool
  private var own: [Decoder] = []  // for each thread
  private var shared: Decoder?
  private var drafters: [NGramDrafter] = []  // for each decoder in use
  /// Of the last call, whose texts may still have it.
  private var logits: LogitStore?

  /// - Parameters:
  ///   - sharesSteps: whether all threads share each step of one batch, or each has texts of its own. If not given, the
  ///     faster of the two.
  ///   - tokensPerStep: most tokens of one text in a step, draft tokens included; 1 drafts nothing. If not given, it is
  ///     8, and tokens are drafted where that pays.
  ///
  /// Neither changes a text.
  package init(_ model: Transformer, pool: WorkerPool, sharesSteps: Bool? = nil, tokensPerStep: Int? = nil) {
    self.model = model
    self.pool = pool
    self.sharesSteps = sharesSteps
    self.tokensPerStep = tokensPerStep ?? 8
    drafts = tokensPerStep.map { $0 > 1 } ?? Self.draftingPays(model.layers.plan)
  }

  /// The steps of all decoders so far.
  var steps: Int { (own + [shared].compactMap(\.self)).reduce(0) { $0 + $1.steps } }
  /// The draft tokens of all drafters so far, accepted or rejected.
  var draftedTokens: Int { drafters.reduce(0) { $0 + $1.draftedTokens } }

  /// A large vocabulary has less room for draft tokens: logits of one step take up to 64 MiB.
  static let mostStepLogits = 1 << 24

  /// Active texts for each thread.
  ///
  /// A token reads the keys and values of its text, and its share of all weights. With more active texts, the weights
  /// are read less often, but the texts' keys and values no longer fit in the processor's caches. The compromise was
  /// measured (docs/performance.md).
  static func slotsPerThread(_ layers: ModelLayers, texts: Int, length: Int, threads: Int) -> Int {
    let wanted = 5 * layers.plan.weightCount / (2 * layers.plan.cachedFloatsPerToken * length)
    let slots = min(max((wanted + 7) / 8 * 8, 8), 64)
    let share = max(1, (texts + threads - 1) / threads)
    // If whole batches left a few texts over, these would read all weights for themselves. A batch of eight texts stays
    // at eight, because the steps of a larger one are not shared.
    let most = slots > 8 ? slots + slots / 3 : slots
    return share <= most ? share : slots
  }

  private func shouldShareSteps(slotsPerThread slots: Int, length: Int) -> Bool {
    if pool.threads == 1 { return false }
    return sharesSteps
      ?? (pool.looksForWork
        && Self.sharingPays(model.layers.plan, slotsPerThread: slots, length: length, threads: pool.threads))
  }

  /// Whether threads should share the steps of one batch. Then each weight is read once for all texts, but they wait
  /// for each other five times in a layer.
  ///
  /// It pays where all of this is true: a weight serves few texts of a thread (up to 8: sharing gained at 8 and lost at
  /// 16), a token's share of the weights is larger than its keys and values, there is enough work before each wait, and
  /// every thread has a panel of the narrowest product.
  static func sharingPays(_ plan: ModelPlan, slotsPerThread slots: Int, length: Int, threads: Int) -> Bool {
    let weights = plan.productWeights
    return slots <= 8 && weights / slots > plan.cachedFloatsPerToken * length
      && weights / plan.waitsPerStep >= 50_000 * threads && plan.narrowestProduct / panelColumns >= threads
  }

  /// Whether to draft tokens. An accepted draft saves reading the text's keys and values, and weights, once more. Where
  /// these stay in the processor's second-level cache, that saves less time than drafting takes.
  private static func draftingPays(_ plan: ModelPlan) -> Bool { plan.productWeights >= 1 << 17 }

  /// - Parameters:
  ///   - prompts: at least one token each.
  ///   - rules: one for each prompt.
  ///   - limits: most tokens to generate for each prompt, at least 1.
  ///   - keepsLogits: also return the logits that each token was drawn from. A rank has those of its own texts.
  /// - Throws: where the model is an encoder; where a prompt with its limit is longer than the context; where a logit is
  ///   NaN or infinite, naming the first such text.
  package func generate(
    prompts: [[Int32]], rules: [any StopRule], limits: [Int], mode: SamplingMode, stream: RandomStream, step: Int,
    keepsLogits: Bool = false
  ) throws(ModelError) -> [Generation] {
    try model.configuration.checkPredictsTokens()
    let longest = try longestText(prompts, limits)
    try TokenBatch(prompts).check(model.configuration)
    model.prepare(pool: pool)
    let results = UnsafeMutableBufferPointer<Generation>.allocate(capacity: prompts.count)
    let store = keepsLogits ? logitStore(rows: limits.reduce(0, +)) : nil
    results.initialize(repeating: Generation(logits: KeptLogits(in: store)))
    defer {
      results.deinitialize()
      results.deallocate()
    }
    let own = pool.communicator.share(of: prompts.count)
    let (decoders, slots) = decoders(texts: own.count, length: longest)
    while drafts && drafters.count < decoders.count {
      drafters.append(NGramDrafter(vocabulary: model.configuration.vocabulary))
    }
    let lengths = zip(prompts, limits).map { $0.count + $1 - 1 }  // the last token is not processed
    let queues = WorkStealingQueues(lengths: lengths, of: own, threads: decoders.count) { text in
      prompts[text].count >= SamplingBatch.leastCopiedPrompt && prompts[text] == prompts[text - 1]
    }
    pool.run(decoders.count) { index, _ in
      let batch = SamplingBatch(
        decoder: decoders[index], drafter: drafts ? drafters[index] : nil, slots: slots, tokensPerStep: tokensPerStep,
        mode: mode, stream: stream, step: step, vocabulary: model.configuration.vocabulary, keepsLogits: keepsLogits)
      batch.run(prompts: prompts, rules: rules, limits: limits, queues: queues, thread: index, results: results)
    }
    pool.communicator.share(own, of: results)
    try check(results, step: step)
    return Array(results)
  }

  /// Room for the logits of so many tokens.
  private func logitStore(rows: Int) -> LogitStore {
    if isKnownUniquelyReferenced(&logits), let old = logits, old.hasRoom(rows: rows) {
      old.clear()
      return old
    }
    let new = LogitStore(rows: rows, vocabulary: model.configuration.vocabulary)
    logits = new
    return new
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

  /// Throws for the first text that ended with a logit that is not finite, and says what may have caused it.
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

  /// A decoder for each thread, or one that all threads share; and the active texts in each.
  private func decoders(texts: Int, length: Int) -> (decoders: [Decoder], slots: Int) {
    let slots = Self.slotsPerThread(model.layers, texts: texts, length: length, threads: pool.threads)
    if shouldShareSteps(slotsPerThread: slots, length: length) {
      let slots = min(slots * pool.threads, max(texts, 1))
      let decoder = decoder(shared, slots: slots, length: length, sharedBy: pool)
      shared = decoder
      return ([decoder], slots)
    }
    own = (0..<pool.threads).map { index in
      decoder(own.isEmpty ? nil : own[index], slots: slots, length: length, sharedBy: nil)
    }
    return (own, slots)
  }

  /// The old decoder, or a larger one where it is too small.
  private func decoder(_ old: Decoder?, slots: Int, length: Int, sharedBy pool: WorkerPool?) -> Decoder {
    if let old, old.slots >= slots, old.length >= length { return old }
    let slots = max(slots, old?.slots ?? 0)
    let rows = max(slots, min(slots * tokensPerStep, Self.mostStepLogits / model.configuration.vocabulary))
    return Decoder(model, slots: slots, rows: rows, length: max(length, old?.length ?? 0), sharedBy: pool)
  }
}
