import SwerveModel
import SwerveText

/// Gathers bits of results and gives the first 16 digits of their SHA-256.
struct Fingerprint {
  private var bytes: [UInt8] = []

  /// Any NaN counts as the same one: what its bits are is no promise.
  mutating func add(_ value: Float) { add(value.isNaN ? 0x7FC0_0000 : value.bitPattern) }

  mutating func add(_ values: some Sequence<Float>) {
    for value in values { add(value) }
  }

  mutating func add(_ word: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
  }

  var text: String { Digest.of(bytes).leading(16) }
}
