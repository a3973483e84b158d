import SwerveTensor

/// The objective that a step of classification descends.
package protocol ClassificationLoss {
  /// - Parameters:
  ///   - columns: of the batch; `logits` are differentiable.
  ///   - coefficients: this step's numbers by name.
  /// - Returns: a scalar, and parts to log.
  func loss(_ columns: DocumentColumns, coefficients: [Metric], step: Int) throws -> LossValue
}
