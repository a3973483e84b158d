/// The angles of rotary positions (Su et al. 2021): pair i of a head of d channels turns by position * base^(-2i/d),
/// scaled.
package struct RotaryOptions: Equatable, Sendable {
  /// What files call theta.
  package var base = 10_000.0
  package var scaling = Scaling.none

  package enum Scaling: Equatable, Sendable {
    case none
    /// Llama 3.1's: long wavelengths are divided by `factor`, short ones stay, those between are blended. `original` is
    /// the context that the model was first trained with.
    case llama3(factor: Double, low: Double, high: Double, original: Int)
    /// One divisor for each pair's frequency, as a GGUF file stores them (`rope_freqs.weight`).
    case divisors([Float])
  }

  package init() {}
}
