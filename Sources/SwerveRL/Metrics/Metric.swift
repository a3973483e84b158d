/// One logged number. `nil` means that the step had nothing to measure (for example no critical token); it is written
/// as null.
package struct Metric: Equatable, Sendable {
  package let name: String
  package let value: Float?

  package init(_ name: String, _ value: Float?) {
    self.name = name
    self.value = value
  }
}
