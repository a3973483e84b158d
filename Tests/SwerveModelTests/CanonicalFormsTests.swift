import Foundation
import Testing

@testable import SwerveModel

/// Unicode's canonical forms, against Foundation's.
@Suite struct CanonicalFormsTests {
  private func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

  @Test func givesTheFormsOfEveryScalar() {
    for value in UInt32(0)..<0x11000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = String(scalar)
      #expect(CanonicalForms.decomposed([scalar]) == scalars(text.decomposedStringWithCanonicalMapping), "\(value)")
      #expect(CanonicalForms.composed([scalar]) == scalars(text.precomposedStringWithCanonicalMapping), "\(value)")
    }
  }

  /// Foundation leaves the last part of a syllable apart where the first two are one scalar already.
  @Test func composesSyllablesFromAllTheirParts() {
    #expect(CanonicalForms.composed(["\u{ac00}", "\u{11a8}"]) == ["\u{ac01}"])
    #expect(CanonicalForms.composed(["\u{1100}", "\u{1161}", "\u{11a8}"]) == ["\u{ac01}"])
    #expect(CanonicalForms.composed(["\u{ac01}", "\u{11a8}"]) == ["\u{ac01}", "\u{11a8}"])
    #expect(
      CanonicalForms.decomposed(["\u{ac01}", "\u{ac00}"]) == [
        "\u{1100}", "\u{1161}", "\u{11a8}", "\u{1100}", "\u{1161}",
      ])
  }

  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func givesTheFormsOfTexts(seed: UInt64) {
    let parts: [UInt32] = [
      0x61, 0x65, 0x6f, 0x75, 0xe9, 0x1ed9, 0x300, 0x301, 0x304, 0x307, 0x308, 0x315, 0x31b, 0x323, 0x327, 0x338, 0x345,
      0x3c, 0x3b1, 0x1f00, 0x212b, 0x2126, 0x340, 0x958, 0x93c, 0x915, 0xfb2a, 0x5e9, 0x5c1, 0x1100, 0x1161, 0x11a8,
      0xac01, 0x9c7, 0x9be, 0x2adc, 0x20, 0x6f22, 0x5ae, 0x334,
    ]
    var state = seed
    for _ in 0..<200 {
      let text = (0..<14).map { _ -> Unicode.Scalar in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Unicode.Scalar(parts[Int(state >> 33) % parts.count])!
      }
      var string = ""
      string.unicodeScalars.append(contentsOf: text)
      #expect(CanonicalForms.decomposed(text) == scalars(string.decomposedStringWithCanonicalMapping))
      #expect(CanonicalForms.composed(text) == scalars(string.precomposedStringWithCanonicalMapping))
    }
  }
}
