import SwerveText

/// What was wrong with an operation on tensors, in one sentence. Only the caller knows where it happened.
package struct TensorError: UserFacingError, Equatable {
  package let message: String

  package init(message: String) { self.message = message }
}

/// All error messages of the tape.
extension TensorError {
  static func cannotCombine(_ operation: String, _ a: TensorShape, _ b: TensorShape, because reason: String) -> Self {
    Self(message: "\(operation) can't combine \(a) with \(b): \(reason)")
  }

  static func wrongShape(_ operation: String, needs: String, got shape: TensorShape) -> Self {
    Self(message: "\(operation) needs \(needs), got \(shape)")
  }

  static func empty(_ operation: String, _ shape: TensorShape) -> Self {
    Self(message: "\(operation) needs at least one value, got \(shape)")
  }

  static func wrongCount(_ count: Int, for shape: TensorShape) -> Self {
    Self(message: "a tensor of shape \(shape) holds \(shape.elementCount) values, got \(count)")
  }

  static func emptyVocabulary(_ size: Int) -> Self {
    Self(message: "a tensor of shape (tokens, V) needs V >= 1, got \(size)")
  }

  static func indexOutOfRange(_ operation: String, _ what: String, _ index: Int, count: Int) -> Self {
    let range = count == 0 ? "there is none" : "it must be in 0...\(count - 1)"
    return Self(message: "\(operation)'s \(what) is \(index), but \(range)")
  }

  static func badToken(_ value: Float, row: Int, position: Int, vocabulary: Int) -> Self {
    Self(
      message: "gather's index must be a whole number in 0...\(vocabulary - 1), got \(value) at row \(row), "
        + "position \(position) (both counted from 0)")
  }

  static func badBounds(lo: Float, hi: Float) -> Self {
    Self(message: "clamp needs lo <= hi, got lo = \(lo) and hi = \(hi)")
  }

  static func badQuantile(_ q: Double, _ operation: String) -> Self {
    Self(message: "\(operation)'s q must be in 0...1, got \(q)")
  }

  static func backwardNeedsScalar(got shape: TensorShape) -> Self {
    Self(message: "backward needs a scalar, got \(shape): end the loss with sum or mean")
  }

  static let backwardTwice = Self(
    message: "backward was already called on this graph: a graph carries one backward, "
      + "so add the losses together or compute them again")

  static let nothingToDifferentiate = Self(
    message: "backward needs a value that depends on a variable: this one was computed from constants only")
}
