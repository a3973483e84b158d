import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct ContextHashesTests {
  private func hashes(_ text: [Int32]) -> [UInt64] {
    let found = ContextHashes(text, length: text.count)
    return (0..<found.count).compactMap { found[$0] }
  }

  @Test(arguments: [0, 1, 7] as [Int32])
  func tellsContextsOfOneRepeatedTokenApart(token: Int32) {
    let found = hashes([Int32](repeating: token, count: 16))
    #expect(found.count == ContextHashes.lengths.count)
    #expect(Set(found).count == found.count)
  }

  @Test func dependsOnTheLastTokensOfAContextOnly() {
    let seed: UInt64 = 198
    var random = TestRandom(seed)
    let text = random.tokens(40, vocabulary: 24)
    let all = hashes(text)
    for (index, length) in ContextHashes.lengths.enumerated() {
      #expect(hashes(Array(text.suffix(length))) == Array(all[...index]), "seed \(seed)")
      var other = text
      other[40 - length] = 24
      #expect(hashes(other)[index] != all[index])
    }
    #expect(hashes([]).isEmpty)
  }

  @Test func givesAllShortContextsDifferentHashes() {
    var seen: Set<UInt64> = []
    for a in 0..<24 as Range<Int32> {
      for b in 0..<24 as Range<Int32> {
        for c in 0..<24 as Range<Int32> { seen.insert(hashes([a, b, c])[2]) }
      }
    }
    #expect(seen.count == 24 * 24 * 24)
  }
}
