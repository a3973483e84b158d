/// A number that may depend on the step and on the metrics of the previous step.
package struct Schedule {
  /// - Parameters: the step, from 1; the metrics of the previous step, empty at the first step.
  package let value: (_ step: Int, _ metrics: [Metric]) throws -> Float

  package init(_ value: @escaping (_ step: Int, _ metrics: [Metric]) throws -> Float) { self.value = value }

  package static func constant(_ number: Float) -> Schedule { Schedule { _, _ in number } }
}
