import SwerveModel
import SwerveTensor
import SwerveText

/// A stage whose rule for tokens can be applied to a single text.
package protocol RuleInspectable: Stage {
  /// False: every weight is 1.
  var hasRule: Bool { get }

  /// - Parameters:
  ///   - policy: the model that the stage starts from, with or without a value head.
  ///   - step: the step of the stage; schedules are evaluated for this step only, without metrics.
  /// - Throws: TextTooLong for a text that is longer than a model's context; TokenizerError for characters that the model
  ///   does not know; TaskError for a text that is not a prompt of the task; what a hook throws.
  func inspectRule(
    policy: Transformer, reference: Transformer, pool: WorkerPool, seed: UInt64, prompt: String,
    answer: RuleInspection.Answer, step: Int
  ) throws -> RuleInspection
}

extension FinetunePlan: RuleInspectable {
  package var hasRule: Bool { kl.rule != nil }

  package func inspectRule(
    policy: Transformer, reference: Transformer, pool: WorkerPool, seed: UInt64, prompt: String,
    answer: RuleInspection.Answer, step: Int
  ) throws -> RuleInspection {
    try RuleInspection(
      self, policy: policy, reference: reference, pool: pool, seed: seed, prompt: prompt, answer: answer, step: step)
  }
}

/// What a stage's rule returns for one text, token by token.
package struct RuleInspection {
  package struct Token {
    /// Escaped where it holds a part of a character.
    package let text: String
    /// What it has of the answer: the characters that begin in it.
    package let piece: String
    /// The column `certainty`.
    package let certainty: Float
    /// The weight of the KL penalty.
    package let weight: Float
    /// Probabilities of the token before it was written, at the sampling temperature.
    package let policy: Float
    package let reference: Float
    package let isCritical: Bool
  }

  package let prompt: String
  package let answer: String
  package let reward: Float
  package let tokens: [Token]
  /// The values of the rule's own schedules.
  package let coefficients: [Metric]

  /// Where the text comes from.
  package enum Answer {
    case given(String)
    case greedy
    /// Drawn at the stage's temperature.
    case sampled
  }

  /// See `RuleInspectable.inspectRule`.
  init(
    _ plan: FinetunePlan, policy source: Transformer, reference: Transformer, pool: WorkerPool, seed: UInt64,
    prompt: String, answer: Answer, step: Int
  ) throws {
    var plan = plan
    // Only the temperature matters here. The schedules of training may need metrics, and there are none.
    plan.learningRate = .constant(0)
    plan.criticLearningRate = nil
    (plan.valueCoefficient, plan.entropyCoefficient) = (.constant(0), .constant(0))
    plan.kl.coefficient = .constant(0)
    plan.extraCoefficients = []
    let coefficients = try Coefficients(plan, step: step, metrics: [])
    let hasCritic = source.configuration.valueHeadWidth > 0
    let policy = hasCritic ? source : plan.policy(from: source, mode: source.mode, seed: seed)
    let problem = try plan.task.problem(prompt: prompt)
    let runner = ShardRunner(policy.configuration, pool: pool)
    let tokenizer = plan.task.tokenizer
    let room = Room(policy: policy.configuration.context, reference: reference.configuration.context)
    let episode = try Self.episode(
      problem, answer, policy, tokenizer, in: room, pool: pool, temperature: coefficients.temperature,
      stream: RandomStream(seed: seed, purpose: "inspection/tokens"), step: step)
    if plan.bootstraps && episode.truncated[0] {
      let tokens = episode.prompts[0].count + episode.generated[0].count
      try room.requirePolicy(
        tokens, "the critic's value after the last of the \(tokens) tokens of prompt and answer is needed")
    }
    let batch = try RolloutBatch(
      episode, plan: plan, coefficients: coefficients, policy: policy, reference: reference,
      scorer: Scorer(runner: runner),
      referenceScorer: Scorer(runner: ShardRunner(reference.configuration, pool: pool)))
    let cursor = RandomStream(seed: seed, purpose: FineTuningStream.sampleRule).cursor(step: step, row: 0)
    let weights = try plan.kl.rule?.weights(
      batch.columns(), in: RuleContext(step: step, rng: cursor, isTrial: true))
    let certainty = batch.certainty
    let critical = batch.criticalMarks
    self.prompt = problem.prompt
    self.answer = episode.texts(ofRow: 0).joined()
    reward = episode.rewards[0]
    self.coefficients = weights?.coefficients ?? []
    tokens = zip(episode.generated[0], episode.texts(ofRow: 0)).enumerated().map { index, token in
      Token(
        text: tokenizer.text(of: token.0), piece: token.1, certainty: certainty[index],
        weight: weights?.kl[index] ?? 1, policy: exactExp(batch.policy.logp[index]),
        reference: exactExp(batch.reference.logp[index]), isCritical: critical[index] != 0)
    }
  }

  /// What the models can read.
  private struct Room {
    let policy: Int
    let reference: Int

    /// How many tokens both can read.
    var tokens: Int { min(policy, reference) }

    /// - Parameter text: what has these tokens, as the first half of the error.
    func require(_ tokens: Int, _ text: String) throws {
      try requirePolicy(tokens, text)
      if tokens > reference { throw tooLong(text, "the reference's", reference) }
    }

    func requirePolicy(_ tokens: Int, _ text: String) throws {
      if tokens > policy { throw tooLong(text, "the model's", policy) }
    }

    private func tooLong(_ text: String, _ whose: String, _ context: Int) -> TextTooLong {
      TextTooLong(
        message: "\(text), but \(whose) context is \(context)",
        hint: "give a shorter text, or a model with a longer context")
    }
  }

  private static func episode(
    _ problem: any Problem, _ answer: Answer, _ model: Transformer, _ tokenizer: any Tokenizer, in room: Room,
    pool: WorkerPool, temperature: Float, stream: RandomStream, step: Int
  ) throws -> Episodes {
    let prompt = try tokenizer.encodePrompt(problem.prompt)
    var generated: [Int32] = []
    let text: String
    if case .given(let given) = answer {
      generated = try tokenizer.encode(given)
      text = tokenizer.decode(generated)
      guard !prompt.isEmpty, !generated.isEmpty else { throw ModelError("prompt and answer need a token each") }
      let tokens = prompt.count + generated.count
      // The last token is only predicted.
      try room.require(tokens - 1, "prompt and answer have \(tokens) tokens")
    } else {
      guard !prompt.isEmpty else { throw ModelError("the prompt needs a token") }
      try room.require(prompt.count + 1, "the prompt has \(prompt.count) tokens and needs room for an answer")
      let mode: SamplingMode = if case .greedy = answer { .greedy } else { .sample(temperature: temperature) }
      generated = try Sampler(model, pool: pool).generate(
        prompts: [prompt], rules: [EpisodeStop(end: problem.makeEpisodeEnd(), tokenizer: tokenizer)],
        limits: [min(problem.episodeLimit, room.tokens - prompt.count)], mode: mode, stream: stream, step: step)[0]
        .tokens
      text = problem.answer(generated, tokenizer)
    }
    let judge = problem.judge(of: generated, tokenizer)
    return Episodes(
      tokenizer: tokenizer, problems: [judge], prompts: [prompt], generated: [generated], answers: [text],
      rewards: [try judge.reward(generated: text)], successes: [false])
  }
}
