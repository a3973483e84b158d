import Testing

@testable import SwerveTensor

/// The bits of values and gradients on fixed inputs. A change here moves results of users and raises the math version.
@Suite struct TapeBitsTests {
  /// FNV-1a over the bits.
  private func digest(_ lists: [[Float]]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for value in lists.joined() {
      for byte in [0, 8, 16, 24] { hash = (hash ^ UInt64(value.bitPattern >> UInt32(byte) & 255)) &* 0x100_0000_01B3 }
    }
    return hash
  }

  @Test func givesFixedBitsForFixedInputs() throws {
    var random = TapeRandom(2026)
    let layout = TokenLayout(rowLengths: (0..<40).map { $0 * 13 % 37 })
    func leaf(_ range: ClosedRange<Float>) throws -> Tensor {
      try .variable(random.values(layout.count, in: range), shape: .tokens(layout))
    }
    let (x, certainty, exponent) = (try leaf(-3...3), try leaf(0...1), try leaf(0...150))
    let logits = try Tensor.variable(random.values(layout.count * 19, in: -4...4), shape: .tokensBy(layout, 19))
    let powers = try certainty.pow(exponent)
    let rows = try x.rowMean().sub(x.rowStd()).add(x.rowMin().div(x.rowMax())).add(x.cumsum()).mul(x.rowSum())
    let soft = try x.rowSoftmax().add(x.softmax()).mul(logits.logSoftmax().vocabSum()).add(logits.softmax().vocabMax())
    let functions = try x.exp().add(x.abs().log()).sub(x.tanh()).mul(x.sigmoid())
    let loss = try powers.add(rows).add(soft).mul(functions).sub(x.std()).mean()
    try loss.backward()
    let values = [powers.values, rows.values, soft.values, functions.values, loss.values, try x.quantile(0.3).values]
    let gradients = [x, certainty, exponent, logits].map { $0.gradient ?? [] }
    #expect(digest(values) == 4_389_425_640_146_481_559)
    #expect(digest(gradients) == 15_784_114_321_097_756_560)
  }
}
