import Glibc
import SwerveTestSupport
import Synchronization
import Testing

@testable import SwerveTensor

@Suite struct WorkerPoolTests {
  /// How often each piece ran, counted without races.
  private final class Counts: Sendable {
    private let counts: Mutex<[Int]>
    init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }
    func add(_ piece: Int) { counts.withLock { $0[piece] += 1 } }
    var all: [Int] { counts.withLock { $0 } }
  }

  @Test(arguments: [1, 2, 3, 7, 16])
  func runsEveryPieceOnce(threads: Int) {
    withPool(threads: threads) { pool in
      #expect(pool.threads == threads)
      for pieces in [0, 1, 2, 3, 7, 100, 1000] {
        let counts = Counts(pieces)
        pool.run(pieces) { piece, worker in
          counts.add(piece)
          if worker < 0 || worker >= threads { counts.add(-1) }
        }
        #expect(counts.all.allSatisfy { $0 == 1 }, "\(pieces) pieces, \(threads) threads")
      }
    }
  }

  @Test(arguments: [2, 7])
  func runsThousandsOfJobs(threads: Int) {
    withPool(threads: threads) { pool in
      let counts = Counts(4)
      for _ in 0..<3000 { pool.run(4) { piece, _ in counts.add(piece) } }
      #expect(counts.all == [3000, 3000, 3000, 3000])
    }
  }

  /// Pauses below, near and beyond the time for which a thread looks for work before it sleeps.
  @Test func runsJobsOnThreadsThatSpinAndThatSleep() {
    var random = TestRandom(51)
    withPool(threads: 2) { pool in
      let counts = Counts(3)
      for _ in 0..<1500 {
        pool.run(3) { piece, _ in
          counts.add(piece)
          if piece == 2 { usleep(UInt32(random.within(0...1) * 40)) }
        }
        usleep(UInt32(random.within(0...3) * 30))
      }
      #expect(counts.all == [1500, 1500, 1500])
    }
  }

  /// Not only where another thread is still at work.
  @Test func rejectsAJobInsideAJobOfTheSamePool() async {
    await #expect(processExitsWith: .failure) {
      withPool(threads: 2) { pool in
        pool.run(2) { piece, _ in
          if piece == 0 {
            usleep(20_000)
            pool.run(1) { _, _ in }
          }
        }
      }
    }
    await #expect(processExitsWith: .failure) {
      let pool = WorkerPool(threads: 2)
      pool.close()
      pool.run(2) { _, _ in }
    }
  }

  @Test func givesAWorkerToOneThreadAtATime() {
    withPool(threads: 4) { pool in
      let inside = Mutex([Bool](repeating: false, count: 4))
      let clash = Mutex(false)
      pool.run(2000) { _, worker in
        if inside.withLock({ swap(&$0[worker], with: true) }) { clash.withLock { $0 = true } }
        _ = inside.withLock { swap(&$0[worker], with: false) }
      }
      #expect(!clash.withLock { $0 })
    }
  }

  private func swap(_ flag: inout Bool, with value: Bool) -> Bool {
    defer { flag = value }
    return flag
  }

  @Test func showsWhatThePiecesWroteAfterwards() {
    withPool(threads: 3) { pool in
      let buffer = FloatBuffer(count: 5000)
      let target = buffer.pointer
      for round in 1...20 { pool.run(5000) { piece, _ in target[piece] += Float(piece * round) } }
      #expect(buffer.array == (0..<5000).map { Float($0 * 210) })
    }
  }

  /// One pool inside a piece of another, as where one stage scores with a second model's runner.
  @Test func letsPoolsNest() {
    withPool(threads: 2) { outer in
      let counts = Counts(12)
      outer.run(4) { piece, _ in
        withPool(threads: 3) { inner in inner.run(3) { part, _ in counts.add(3 * piece + part) } }
      }
      #expect(counts.all == [Int](repeating: 1, count: 12))
    }
  }
}
