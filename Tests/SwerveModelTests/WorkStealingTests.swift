import SwerveTestSupport
import Testing

@testable import SwerveModel

struct WorkStealingTests {
  @Test(arguments: [(0, 1), (1, 1), (7, 1), (1, 3), (8, 3), (50, 2)])
  func givesEachTextOnce(texts: Int, threads: Int) {
    let queues = WorkStealingQueues(lengths: (0..<texts).map { 5 + $0 % 3 }, threads: threads)
    var given: [Int] = []
    // The last thread does most: as soon as it has ended one text, it asks for the next one.
    while let text = queues.next(for: threads - 1) {
      given.append(text)
      queues.didEnd(text, after: 0, by: threads - 1)
    }
    for thread in 0..<threads { while let text = queues.next(for: thread) { given.append(text) } }
    #expect(given.sorted() == Array(0..<texts))
  }

  /// Takes texts until 16 are active.
  private func fill(_ queues: WorkStealingQueues, _ thread: Int) -> [Int] {
    var texts: [Int] = []
    while texts.count < 16, let text = queues.next(for: thread) { texts.append(text) }
    return texts
  }

  @Test func stealsNothingFromThreadsThatEndTogether() {
    let queues = WorkStealingQueues(lengths: [Int](repeating: 100, count: 50), threads: 2)
    let first = [fill(queues, 0), fill(queues, 1)]
    #expect(first.map(\.count) == [16, 16])
    // The second thread has two tokens of each text left when the first one has ended all.
    queues.didProcess(16 * 98, by: 1)
    queues.didProcess(16 * 100, by: 0)
    #expect(fill(queues, 0).count == 9)
    queues.didProcess(16 * 2, by: 1)
    #expect(fill(queues, 1).count == 9)
  }

  @Test func stealsTextsFromAThreadThatIsBehind() {
    let queues = WorkStealingQueues(lengths: [Int](repeating: 100, count: 50), threads: 2)
    _ = fill(queues, 0)
    _ = fill(queues, 1)
    // The second thread has half of its first texts before it when the first one has ended all of its: 16 x 50 + 9 x 100 tokens
    // against 9 x 100, so that four texts change hands.
    queues.didProcess(16 * 50, by: 1)
    queues.didProcess(16 * 100, by: 0)
    #expect(fill(queues, 0).count == 9 + 4)
    #expect(fill(queues, 1).count == 5)
  }

  @Test func countsNoWorkForTheRestOfAnEndedText() {
    let queues = WorkStealingQueues(lengths: [100, 100, 100, 100], threads: 2)
    #expect(queues.next(for: 0) == 0)
    #expect(queues.next(for: 0) == 2)
    #expect(queues.next(for: 1) == 1)
    // Both have 200 tokens left.
    #expect(queues.next(for: 0) == nil)
    queues.didProcess(20, by: 0)
    for text in [0, 2] { queues.didEnd(text, after: 10, by: 0) }
    #expect(queues.next(for: 0) == 3)
    #expect(queues.next(for: 1) == nil)
  }

  @Test func givesEachTextOnceToThreadsAtOnce() {
    let queues = WorkStealingQueues(lengths: [Int](repeating: 3, count: 3000), threads: 4)
    let seen = UnsafeMutableBufferPointer<Int>.allocate(capacity: 3000)
    seen.initialize(repeating: 0)
    defer { seen.deallocate() }
    withPool(threads: 4) { pool in
      pool.run(4) { thread, _ in
        // Each text is written by the one thread that it was given to.
        while let text = queues.next(for: thread) {
          seen[text] += 1
          queues.didEnd(text, after: 0, by: thread)
        }
      }
    }
    #expect(seen.allSatisfy { $0 == 1 })
  }
}
