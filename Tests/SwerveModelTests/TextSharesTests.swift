import SwerveTestSupport
import Testing

@testable import SwerveModel

struct TextSharesTests {
  @Test(arguments: [(0, 1), (1, 1), (7, 1), (1, 3), (8, 3), (50, 2)])
  func everyTextIsGivenOnce(texts: Int, threads: Int) {
    let shares = TextShares(lengths: (0..<texts).map { 5 + $0 % 3 }, threads: threads)
    var given: [Int] = []
    // The last thread does most: as soon as it has ended one text, it asks for the next one.
    while let text = shares.next(for: threads - 1) {
      given.append(text)
      shares.didEnd(text, after: 0, by: threads - 1)
    }
    for thread in 0..<threads { while let text = shares.next(for: thread) { given.append(text) } }
    #expect(given.sorted() == Array(0..<texts))
  }

  /// Takes texts until there are 16 in flight.
  private func fill(_ shares: TextShares, _ thread: Int) -> [Int] {
    var texts: [Int] = []
    while texts.count < 16, let text = shares.next(for: thread) { texts.append(text) }
    return texts
  }

  @Test func threadsThatEndTogetherKeepToTheirOwn() {
    let shares = TextShares(lengths: [Int](repeating: 100, count: 50), threads: 2)
    let first = [fill(shares, 0), fill(shares, 1)]
    #expect(first.map(\.count) == [16, 16])
    // The second thread has two tokens of each text left when the first one has ended all.
    shares.didProcess(16 * 98, by: 1)
    shares.didProcess(16 * 100, by: 0)
    #expect(fill(shares, 0).count == 9)
    shares.didProcess(16 * 2, by: 1)
    #expect(fill(shares, 1).count == 9)
  }

  @Test func aThreadHelpsOneThatIsBehind() {
    let shares = TextShares(lengths: [Int](repeating: 100, count: 50), threads: 2)
    _ = fill(shares, 0)
    _ = fill(shares, 1)
    // The second thread has half of its first texts before it when the first one has ended all of its: 16 x 50 + 9 x 100 tokens
    // against 9 x 100, so that four texts change hands.
    shares.didProcess(16 * 50, by: 1)
    shares.didProcess(16 * 100, by: 0)
    #expect(fill(shares, 0).count == 9 + 4)
    #expect(fill(shares, 1).count == 5)
  }

  @Test func whatAnEndedTextHadLeftIsNoWork() {
    let shares = TextShares(lengths: [100, 100, 100, 100], threads: 2)
    #expect(shares.next(for: 0) == 0)
    #expect(shares.next(for: 0) == 2)
    #expect(shares.next(for: 1) == 1)
    // Both have 200 tokens left.
    #expect(shares.next(for: 0) == nil)
    shares.didProcess(20, by: 0)
    for text in [0, 2] { shares.didEnd(text, after: 10, by: 0) }
    #expect(shares.next(for: 0) == 3)
    #expect(shares.next(for: 1) == nil)
  }

  @Test func threadsAtOnceGetEachTextOnce() {
    let shares = TextShares(lengths: [Int](repeating: 3, count: 3000), threads: 4)
    let seen = UnsafeMutableBufferPointer<Int>.allocate(capacity: 3000)
    seen.initialize(repeating: 0)
    defer { seen.deallocate() }
    withPool(threads: 4) { pool in
      pool.run(4) { thread, _ in
        // Each text is written by the one thread that it was given to.
        while let text = shares.next(for: thread) {
          seen[text] += 1
          shares.didEnd(text, after: 0, by: thread)
        }
      }
    }
    #expect(seen.allSatisfy { $0 == 1 })
  }
}
