/// A digest that each step renews from the one before it and its own content, so that two runs agree up to a step
/// exactly if their chains agree at it. It starts as the digest of what went into the run.
package struct HashChain: Equatable, Sendable {
  package private(set) var value: String

  package init(inputs digest: String) { value = digest }

  /// A chain to be continued.
  init(value: String) { self.value = value }

  /// SHA-256 of the old value as text, a newline, and the step in canonical JSON.
  package mutating func extend(with canonicalStep: String) { value = Digest.of(value + "\n" + canonicalStep) }
}
