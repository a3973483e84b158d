import SwerveTensor

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

  /// Bases and factors up to here are computed exactly enough (RotaryFrequencies.swift).
  static let largest = 1e7

  /// - Returns: what is wrong, in words; nil if nothing is.
  func problem(headWidth: Int) -> String? {
    func isWithin(_ x: Double) -> Bool { x >= 1 && x <= Self.largest }
    if !isWithin(base) { return "the base of rotary positions must be from 1 to \(Int(Self.largest)), got \(base)" }
    switch scaling {
    case .none: return nil
    case .llama3(let factor, let low, let high, let original):
      if !isWithin(factor) {
        return "the factor of rotary scaling must be from 1 to \(Int(Self.largest)), got \(factor)"
      }
      if !(low > 0 && high > low && high <= Self.largest) {
        return "rotary scaling needs 0 < low < high, got low \(low) and high \(high)"
      }
      if original < 1 || original > 1 << 24 {
        return "the original context of rotary scaling must be a whole number from 1 to 16777216, got \(original)"
      }
      return nil
    case .divisors(let divisors):
      if divisors.count != headWidth / 2 {
        return "rotary positions need \(headWidth / 2) divisors, one for each pair of a head, got \(divisors.count)"
      }
      guard let bad = divisors.firstIndex(where: { !isWithin(Double($0)) }) else { return nil }
      return "divisor \(bad) of rotary positions must be from 1 to \(Int(Self.largest)), got \(divisors[bad])"
    }
  }

  package init() {}

  /// By how much each pair of a head turns from one position to the next.
  func frequencies(headWidth: Int) -> [Double] {
    let plain = rotaryFrequencies(headWidth: headWidth, base: base)
    switch scaling {
    case .none: return plain
    case .llama3(let factor, let low, let high, let original):
      return plain.map { llama3Frequency($0, factor: factor, low: low, high: high, original: Double(original)) }
    case .divisors(let divisors): return zip(plain, divisors).map { $0 / Double($1) }
    }
  }
}
