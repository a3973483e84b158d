import SwerveTensor

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

/// The objective that an update descends.
package protocol Objective {
  /// - Parameters:
  ///   - columns: those of the minibatch; `logp`, `entropy`, `value`, `kl_full` and `logits` are differentiable.
  ///   - coefficients: this step's numbers by name: vf, entropy, kl, clip, temperature, gamma,
  ///     gae_lambda, and what the script added.
  func loss(_ columns: TokenColumns, coefficients: [Metric], step: Int) throws -> LossValue

  /// The names of its parts; nil: they are known only when it runs.
  var parts: [String]? { get }

  /// Whether it may read the column `logits`, a table of the whole vocabulary for each token.
  var readsLogits: Bool { get }
}

extension Objective {
  package var parts: [String]? { nil }
  package var readsLogits: Bool { true }
}

/// A script's own metrics, logged with each update.
package protocol UpdateLog {
  /// - Parameter columns: all generated tokens of the batch as it was collected, before the update, with the rule's
  ///   weights; no column is differentiable.
  /// - Returns: what to log as `log/NAME`, in the order of the names.
  func metrics(_ columns: TokenColumns, step: Int) throws -> [Metric]
}
