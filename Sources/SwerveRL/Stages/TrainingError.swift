import SwerveModel
import SwerveTensor
import SwerveText

/// A number stopped being finite. The checks make sure that this is always noticed. They cover the weights before the
/// first step, the gradient and the loss before each change of the weights, and the gradient's norm and the weights
/// after it.
package struct TrainingError: UserFacingError {
  package let message: String

  /// The check before a step of the optimizer.
  /// - Throws: if the loss or an element of the gradient is NaN or infinite; the error names the tensor.
  static func check(loss: Float, gradient: UnsafePointer<Float>, _ model: Transformer, _ place: String) throws {
    for entry in model.layout.entries {
      if let index = firstNonFinite(gradient + entry.offset, count: entry.count) {
        // If a weight is the cause, nearly every gradient is NaN.
        try checkWeights(model, called: "the model", place)
        throw TrainingError(
          message:
            "\(place): the gradient of \(entry.name) at element \(index) is \(gradient[entry.offset + index]), with a loss of "
            + "\(loss); a lower learning rate or max_grad_norm may help")
      }
    }
    if !loss.isFinite {
      throw TrainingError(
        message: "\(place): the loss is \(loss), with a finite gradient; a lower learning rate may help")
    }
  }

  /// The check after a step of the optimizer.
  /// - Throws: if the squares of a finite gradient overflowed, because the gradient would then be scaled to 0, or if a
  ///   weight overflowed.
  static func check(
    norm: Float, gradient: GradientLanes, _ communicator: any Communicator, _ model: Transformer, _ place: String
  ) throws {
    if !norm.isFinite {
      let largest = largestElement(gradient.whole(communicator), model)
      throw TrainingError(
        message: "\(place): the norm of the gradient is \(norm), as the gradient of \(largest.tensor) reaches "
          + "\(largest.value); a lower learning rate may help")
    }
    try checkWeights(model, called: "the model", place)
  }

  /// - Parameter name: what the error calls the model.
  /// - Throws: if a weight is NaN or infinite; the error names the tensor.
  static func checkWeights(_ model: Transformer, called name: String, _ place: String) throws {
    guard let weight = model.firstNonFiniteWeight else { return }
    throw TrainingError(
      message:
        "\(place): \(weight.tensor) of \(name) at element \(weight.index) is \(weight.value); start from finite "
        + "weights, or lower the learning rate")
  }

  private static func largestElement(
    _ gradient: UnsafePointer<Float>, _ model: Transformer
  ) -> (tensor: String, value: Float) {
    var largest: (tensor: String, value: Float) = ("", 0)
    for entry in model.layout.entries {
      for value in UnsafeBufferPointer(start: gradient + entry.offset, count: entry.count)
      where abs(value) > abs(largest.value) { largest = (entry.name, value) }
    }
    return largest
  }
}
