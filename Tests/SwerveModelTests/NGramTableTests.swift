import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct NGramTableTests {
  /// Learns a whole text.
  private func learn(_ table: inout NGramTable, _ text: [Int32]) {
    for length in text.indices { table.learn(ContextHashes(text, length: length), text[length]) }
  }

  private func propose(_ table: NGramTable, after text: [Int32]) -> Int32? {
    table.propose(ContextHashes(text, length: text.count))?.token
  }

  @Test func raisesTrustEachTimeATokenFollows() {
    var table = NGramTable()
    let start: [Int32] = [3, 1, 4, 1]
    #expect(propose(table, after: start) == nil)
    for times in 1...30 {
      learn(&table, start + [5])
      let found = table.propose(ContextHashes(start, length: 4))
      #expect(found?.token == 5)
      #expect(found?.kind == min(times, 16))
    }
    #expect(propose(table, after: [9, 9] + start) == 5)
    #expect(propose(table, after: [3, 1, 4, 2]) == nil)
    #expect(propose(table, after: [1, 4, 1]) == nil)
    #expect(propose(table, after: []) == nil)
  }

  @Test func prefersATrustedLongerContext() {
    var table = NGramTable()
    let end: [Int32] = [1, 2, 3, 4]
    for _ in 0..<8 {
      learn(&table, [8, 8, 8, 8] + end + [9])
      for _ in 0..<10 { learn(&table, end + [7]) }
    }
    #expect(propose(table, after: [8, 8, 8, 8] + end) == 9)
    #expect(propose(table, after: [5, 5, 5, 5] + end) == 7)
  }

  @Test func prefersAShorterContextUntilTheLongerOneIsTrusted() {
    var table = NGramTable()
    let end: [Int32] = [1, 2, 3, 4]
    for _ in 0..<10 { learn(&table, end + [7]) }
    learn(&table, [8, 8, 8, 8] + end + [9])
    #expect(propose(table, after: [8, 8, 8, 8] + end) == 7)
  }

  @Test func forgetsWhatNoLongerFollows() {
    var table = NGramTable()
    for _ in 0..<100 { learn(&table, [1, 2, 3, 4, 5]) }
    for times in 0..<20 where propose(table, after: [1, 2, 3, 4]) != 6 {
      #expect(times < 9)
      learn(&table, [1, 2, 3, 4, 6])
    }
    #expect(propose(table, after: [1, 2, 3, 4]) == 6)
  }
}
