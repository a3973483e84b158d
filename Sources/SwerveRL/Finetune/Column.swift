import SwerveTensor
import SwerveText

/// A column of a batch: what it holds, which hooks see it and how it is read. Each column is a row of `all`. The
/// columns of hooks and of tests of scripts, traces, docs/api.md and docs/metrics.md are made from these rows.
package struct Column: Sendable {
  /// The hooks that see it.
  package struct Hooks: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let rule = Hooks(rawValue: 1)
    package static let loss = Hooks(rawValue: 2)
    package static let log = Hooks(rawValue: 4)
    static let all: Hooks = [.rule, .loss, .log]
  }

  /// Where its numbers come from.
  enum Source: Sendable {
    /// They depend on the tokens alone.
    case tokens(@Sendable (TokenLayout, [Int32]) -> [Float])
    /// They are read from the batch as it was collected. Losses and logs see what the rule returned in place of them, if it did.
    case batch(
      @Sendable (RolloutBatch) -> [Float]?, replaced: @Sendable (TokenWeights) -> [Float]? = { _ in nil })
    /// What the rule returned; if it returned nothing, `standard` or a value from the coefficients.
    case rule(@Sendable (TokenWeights) -> [Float]?, otherwise: @Sendable (ClipRange) -> Float? = { _ in nil })
    /// It is not stored: each minibatch computes it anew.
    case minibatch
  }

  package let name: String
  package let doc: String
  package let unit: String
  package let hooks: Hooks
  /// The value that is used where nothing else gives one.
  package let standard: Float?
  /// For a column that some stages lack: what it needs (the error says "column 'NAME' needs" before it) and how to get
  /// that. nil for a column that every stage has.
  package let need: (need: String, advice: String)?
  /// The output of a minibatch's forward pass that losses differentiate; nil: a constant.
  let output: MinibatchOutput?
  /// Its rank in a trace, which lists columns in the order in which a step computes them; nil: a trace leaves it out.
  let traceOrder: Int?
  let source: Source

  private init(
    _ name: String, _ doc: String, unit: String, hooks: Hooks = .all, standard: Float? = nil,
    need: (need: String, advice: String)? = nil, output: MinibatchOutput? = nil, traceOrder: Int? = nil,
    _ source: Source
  ) {
    self.name = name
    self.doc = doc
    self.unit = unit
    self.hooks = hooks
    self.standard = standard
    self.need = need
    self.output = output
    self.traceOrder = traceOrder
    self.source = source
  }

  package var isDifferentiable: Bool { output != nil }

  /// Whether its numbers depend on the tokens alone.
  package var isOfTokens: Bool {
    if case .tokens = source { true } else { false }
  }

  /// The numbers of a column that depends on the tokens alone; nil for any other column.
  package func values(_ layout: TokenLayout, _ tokens: [Int32]) -> [Float]? {
    if case .tokens(let read) = source { read(layout, tokens) } else { nil }
  }

  package static func named(_ name: String) -> Column? { all.first { $0.name === name } }

  /// The names of the columns that a hook sees.
  package static func names(for hook: Hooks) -> [String] { all.filter { $0.hooks.contains(hook) }.map(\.name) }
}

extension Column {
  package static let all = tokensAndModels + madeByTheRule

  /// Known once a batch is collected.
  private static let tokensAndModels: [Column] = [
    Column(
      "logp", "log-probability of the token under the policy, at the sampling temperature", unit: "nats",
      output: .logp, traceOrder: 2, .batch { $0.policy.logp }),
    Column(
      "entropy", "entropy of the policy before the token, in nats", unit: "nats", output: .entropy, traceOrder: 3,
      .batch { $0.policy.entropy }),
    Column(
      "value", "the critic's estimate before the token", unit: "reward", output: .value, traceOrder: 4,
      .batch { $0.policy.value }),
    Column(
      "kl_full", "exact KL of policy to reference over the vocabulary, in nats", unit: "nats",
      need: (
        "a table of tokens x vocabulary with at most 2^28 entries",
        "collect fewer episodes, or use ref_logp and the estimators of the sampled token"
      ),
      output: .klFull, traceOrder: 7, .batch { $0.klFull.isEmpty ? nil : $0.klFull }),
    Column(
      "ref_logp", "log-probability of the token under the reference", unit: "nats", traceOrder: 5,
      .batch { $0.reference.logp }),
    Column(
      "ref_entropy", "entropy of the reference before the token, in nats", unit: "nats", traceOrder: 6,
      .batch { $0.reference.entropy }),
    Column(
      "ref_max_prob", "the reference's largest probability, at the sampling temperature", unit: "probability",
      .batch { $0.reference.maxProb }),
    Column(
      "certainty", "the reference's certainty by the measure and at the temperature of `kl`", unit: "0 to 1",
      traceOrder: 8, .batch { $0.certainty }),
    Column(
      "certainty_max_prob", "max p of the reference at `kl.temperature`", unit: "0 to 1",
      .batch { $0.certainty(.maxProb) }),
    Column(
      "certainty_negentropy_max_prob", "1 + log(max p) / log V at `kl.temperature`", unit: "0 to 1",
      .batch { $0.certainty(.negentropyMaxProb) }),
    Column(
      "certainty_negentropy", "1 - H(p) / log V at `kl.temperature`", unit: "0 to 1",
      .batch { $0.certainty(.negentropy) }),
    Column(
      "certainty_sample", "p of the token itself under the reference at `kl.temperature`", unit: "0 to 1",
      .batch { $0.certainty(.sample) }),
    Column(
      RuleWeight.advantage.column,
      "the estimate that the option `advantage` names, after `normalize`; in losses and logs what the rule gave in place of it",
      unit: "reward", traceOrder: 11, .batch({ $0.advantages }, replaced: { $0.advantage })),
    Column(
      "returns",
      "what the critic should say: with gae advantage + value before `normalize`, else discounted rewards",
      unit: "reward", traceOrder: 10, .batch { $0.returns }),
    Column(
      "reward", "reward at the token: the episode's at its last one, else 0", unit: "reward", traceOrder: 9,
      .batch { $0.rewards }),
    Column(
      "position", "position of the token in its generated text, from 1", unit: "tokens",
      .tokens { layout, _ in
        (0..<layout.rows).flatMap { (0..<layout.length(ofRow: $0)).map { Float($0 + 1) } }
      }),
    Column(
      "row", "number of the text in the batch, from 1", unit: "number",
      .tokens { layout, _ in
        (0..<layout.rows).flatMap { [Float](repeating: Float($0 + 1), count: layout.length(ofRow: $0)) }
      }),
    Column(
      "problem", "number of the text's problem in the batch, from 1: the same for the texts of a group", unit: "number",
      .batch { $0.problemNumbers }),
    Column(
      "token", "the token's number in the tokenizer's vocabulary, from 0", unit: "number", traceOrder: 1,
      .tokens { _, tokens in tokens.map { Float($0) } }),
    Column(
      "mask", "1 at every generated token; there is no padding", unit: "0 or 1", standard: 1,
      .tokens { layout, _ in [Float](repeating: 1, count: layout.count) }),
    Column(
      "critical", "1 at the task's own critical tokens, else 0", unit: "0 or 1", .batch { $0.criticalMarks }),
    Column(
      "mistake", "1 at a text's first token that is not the solution's, else 0", unit: "0 or 1",
      .batch { $0.episodes.mistakes }),
    Column(
      "truncated",
      "1 at every token of an answer that a limit of length ended, the task's or the context's, else 0",
      unit: "0 or 1", .batch { $0.truncatedMarks }),
  ]

  private static let clipAdvice = "give it a number, such as clip = 0.2, or let the rule return "

  /// For losses and logs.
  private static let madeByTheRule: [Column] = [
    Column(
      "old_logp", "log-probability of the token when it was collected", unit: "nats", hooks: [.loss, .log],
      .batch { $0.policy.logp }),
    Column(
      "old_value", "the critic's estimate before the token when it was collected", unit: "reward",
      hooks: [.loss, .log], .batch { $0.policy.value }),
    Column(
      RuleWeight.kl.column, "the rule's weight of the KL penalty", unit: "number", hooks: [.loss, .log], standard: 1,
      .rule { $0.kl }),
    Column(
      RuleWeight.policy.column, "the rule's weight of the policy term; 1 without", unit: "number",
      hooks: [.loss, .log],
      standard: 1, .rule { $0.policy }),
    Column(
      RuleWeight.entropy.column, "the rule's weight of the entropy term; 1 without", unit: "number",
      hooks: [.loss, .log],
      standard: 1, .rule { $0.entropy }),
    Column(
      RuleWeight.clipLow.column, "the rule's lower clip range; the coefficient `clip` without", unit: "ratio",
      hooks: [.loss, .log],
      need: ("option `clip`", clipAdvice + "clip_low"), .rule({ $0.clipLow }, otherwise: { $0.low })),
    Column(
      RuleWeight.clipHigh.column, "the rule's upper clip range; the coefficient `clip` without", unit: "ratio",
      hooks: [.loss, .log],
      need: ("option `clip`", clipAdvice + "clip_high"), .rule({ $0.clipHigh }, otherwise: { $0.high })),
    Column(
      "logits", "(tokens, V): the policy's logits, not divided by the temperature", unit: "logits", hooks: .loss,
      output: .logits, .minibatch),
  ]
}
