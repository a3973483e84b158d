import SwerveFiles

/// A digest that each step updates from the previous digest and the step's content. Two runs agree up to a step exactly
/// if their chains agree at that step. It starts as the digest of the run's inputs.
package struct HashChain: Equatable, Sendable {
  package private(set) var value: String

  package init(inputs digest: String) { value = digest }

  /// A chain that will be continued.
  package init(value: String) { self.value = value }

  /// SHA-256 of the old value as text, a newline, and the step in canonical JSON.
  package mutating func extend(with canonicalStep: String) { value = Digest.of(value + "\n" + canonicalStep) }
}
