import SwerveModel
import SwerveTensor
import SwerveText

// Where a researcher bends the training: numbers that change, weights of tokens, the loss. SwerveScript makes these from Lua;
// tests make them from closures.

/// A number that may depend on the step and on the metrics of the step before.
package struct Schedule {
  /// - Parameters: the step, from 1; the metrics of the step before it, empty at first.
  package let value: (_ step: Int, _ metrics: [Metric]) throws -> Float

  package init(_ value: @escaping (_ step: Int, _ metrics: [Metric]) throws -> Float) { self.value = value }

  package static func constant(_ number: Float) -> Schedule { Schedule { _, _ in number } }
}

/// What a rule says of each generated token of a batch.
package struct TokenWeights {
  /// Weight of the KL penalty.
  package var kl: [Float]
  /// Weight of the policy term; nil: 1.
  package var policy: [Float]?
  /// Weight of the entropy term; nil: 1.
  package var entropy: [Float]?
  /// Bounds of the probability ratio in losses that clip it; nil: the coefficient's.
  package var clipLow: [Float]?
  package var clipHigh: [Float]?
  /// What the rule's own schedules gave, to be logged: alpha, for example.
  package var coefficients: [Metric] = []

  package init(kl: [Float]) { self.kl = kl }
}

/// When a rule is asked.
package struct RuleMoment {
  /// From 1.
  package let step: Int
  /// A stream of this rule's own for this step.
  package let rng: RandomCursor
  /// Of the step before; empty at the first.
  package let metrics: [Metric]
  /// Weights for people to read: what the rule remembers must stay as it is.
  package let isTrial: Bool

  package init(step: Int, rng: RandomCursor, metrics: [Metric] = [], isTrial: Bool = false) {
    self.step = step
    self.rng = rng
    self.metrics = metrics
    self.isTrial = isTrial
  }
}

/// Weighs the tokens of a collected batch before the update.
package protocol TokenRule {
  /// - Parameter columns: over all generated tokens of the batch; none is differentiable.
  func weights(_ columns: TokenColumns, at moment: RuleMoment) throws -> TokenWeights

  /// The numbers of its own that change over the steps, by name, for plans.
  var schedules: [(name: String, schedule: Schedule)] { get }
}

extension TokenRule {
  package var schedules: [(name: String, schedule: Schedule)] { [] }
}

/// What the hooks of a stage remember from one step to the next.
package protocol StageMemory: AnyObject {
  /// The memory as text, hook by hook in a fixed order, for a checkpoint; hooks that remember nothing are left out.
  func saved() throws -> [(hook: String, text: String)]
  /// Puts back what `saved` gave.
  /// - Parameter text: of a hook; nil: it remembered nothing.
  /// - Throws: for a text that is none of this format's.
  func restore(_ text: (_ hook: String) -> String?) throws
}

/// The loss of a minibatch and its parts.
package struct LossValue {
  package let total: Tensor
  /// Logged as `loss/NAME`, in this order.
  package let parts: [Metric]

  package init(total: Tensor, parts: [Metric]) {
    self.total = total
    self.parts = parts
  }
}

/// Numbers of a script's own, logged with each update.
package protocol UpdateLog {
  /// - Parameter columns: over all generated tokens of the batch as it was collected, before the update, with the rule's
  ///   weights; none is differentiable.
  /// - Returns: what to log as `log/NAME`, in the order of the names.
  func metrics(_ columns: TokenColumns, step: Int) throws -> [Metric]
}

/// The objective that an update descends.
package protocol Objective {
  /// - Parameters:
  ///   - columns: of the minibatch; `logp`, `entropy`, `value`, `kl_full` and `logits` are differentiable.
  ///   - coefficients: this step's numbers by name: vf, entropy, kl, clip, temperature, gamma,
  ///     gae_lambda, and what the script added.
  func loss(_ columns: TokenColumns, coefficients: [Metric], step: Int) throws -> LossValue
}

/// The columns of a batch by name, made on demand; see `ColumnName` for what there is.
package final class TokenColumns {
  package let layout: TokenLayout
  /// The generated tokens, packed.
  package let tokens: [Int32]
  package let tokenizer: CharacterTokenizer
  package let names: [String]
  private let make: (String) throws -> Tensor?
  private var made: [ExactString: Tensor] = [:]

  package init(
    layout: TokenLayout, tokens: [Int32], tokenizer: CharacterTokenizer, names: [String],
    make: @escaping (String) throws -> Tensor?
  ) {
    self.layout = layout
    self.tokens = tokens
    self.tokenizer = tokenizer
    self.names = names
    self.make = make
  }

  /// The column, the same tensor each time; nil if there is no such column.
  package func column(_ name: String) throws -> Tensor? {
    if let tensor = made[ExactString(name)] { return tensor }
    let tensor = try make(name)
    made[ExactString(name)] = tensor
    return tensor
  }

  /// The same columns, to be made anew; without those that are not to be seen.
  package func renewed(where isSeen: @escaping (String) -> Bool = { _ in true }) -> TokenColumns {
    let make = make
    return TokenColumns(layout: layout, tokens: tokens, tokenizer: tokenizer, names: names.filter(isSeen)) { name in
      isSeen(name) ? try make(name) : nil
    }
  }

  /// The column if somebody asked for it.
  package func used(_ name: String) -> Tensor? { made[ExactString(name)] }

  /// The text of a token, by its packed index.
  package func text(_ index: Int) -> String { tokenizer.decode([tokens[index]]) }
}

/// A column of a batch: its name and what it holds. One line each; the Lua reference is made from this table.
package struct ColumnName: Sendable {
  package let name: String
  package let doc: String

  /// What a column that some stages lack is made of, after "column 'NAME' needs", and how to get it; nil for those that
  /// every stage has.
  package static func need(of name: String) -> (need: String, advice: String)? {
    switch name {
    case "clip_low", "clip_high":
      ("option `clip`", "give it a number, such as clip = 0.2, or let the rule return \(name)")
    case "kl_full":
      (
        "a table of tokens x vocabulary with at most 2^28 entries",
        "collect fewer episodes, or use ref_logp and the estimators of the sampled token"
      )
    default: nil
    }
  }

  /// Known once a batch is collected: for rules and for losses.
  package static let collected: [ColumnName] = [
    ColumnName(name: "logp", doc: "log-probability of the token under the policy, at the sampling temperature"),
    ColumnName(name: "entropy", doc: "entropy of the policy before the token, in nats"),
    ColumnName(name: "value", doc: "the critic's estimate before the token"),
    ColumnName(name: "kl_full", doc: "exact KL of policy to reference over the vocabulary, in nats"),
    ColumnName(name: "ref_logp", doc: "log-probability of the token under the reference"),
    ColumnName(name: "ref_entropy", doc: "entropy of the reference before the token, in nats"),
    ColumnName(name: "ref_max_prob", doc: "the reference's largest probability, at the sampling temperature"),
    ColumnName(name: "certainty", doc: "the reference's certainty by the measure and at the temperature of `kl`"),
    ColumnName(name: "certainty_max_prob", doc: "max p of the reference at `kl.temperature`"),
    ColumnName(name: "certainty_negentropy_max_prob", doc: "1 + log(max p) / log V at `kl.temperature`"),
    ColumnName(name: "certainty_negentropy", doc: "1 - H(p) / log V at `kl.temperature`"),
    ColumnName(name: "certainty_sample", doc: "p of the token itself under the reference at `kl.temperature`"),
    ColumnName(name: "advantage", doc: "the estimate that the option `advantage` names, after `normalize`"),
    ColumnName(
      name: "returns",
      doc: "what the critic should say: with gae advantage + value before `normalize`, else discounted rewards"
    ),
    ColumnName(name: "reward", doc: "reward at the token: the episode's at its last one, else 0"),
    ColumnName(name: "position", doc: "place of the token in its generated text, from 1"),
    ColumnName(name: "row", doc: "number of the text in the batch, from 1"),
    ColumnName(name: "token", doc: "the token's number in the alphabet, from 0"),
    ColumnName(name: "mask", doc: "1 at every generated token; there is no padding"),
    ColumnName(name: "critical", doc: "1 at the task's own critical tokens, else 0"),
    ColumnName(name: "mistake", doc: "1 at a text's first token that is not the solution's, else 0"),
    ColumnName(
      name: "truncated",
      doc: "1 at every token of an answer that a limit of length ended, the task's or the context's, else 0"),
  ]

  /// Made by the rule: for losses.
  package static let weighted: [ColumnName] = [
    ColumnName(name: "old_logp", doc: "log-probability of the token when it was collected"),
    ColumnName(name: "old_value", doc: "the critic's estimate before the token when it was collected"),
    ColumnName(name: "kl_weight", doc: "the rule's weight of the KL penalty"),
    ColumnName(name: "policy_weight", doc: "the rule's weight of the policy term; 1 without"),
    ColumnName(name: "entropy_weight", doc: "the rule's weight of the entropy term; 1 without"),
    ColumnName(name: "clip_low", doc: "the rule's lower clip range; the coefficient `clip` without"),
    ColumnName(name: "clip_high", doc: "the rule's upper clip range; the coefficient `clip` without"),
    ColumnName(name: "logits", doc: "(tokens, V): the policy's logits, not divided by the temperature"),
  ]
}
