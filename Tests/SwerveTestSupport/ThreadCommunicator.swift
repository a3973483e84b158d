import Glibc
import SwerveTensor
import Synchronization

/// Joins threads of one process as if they were processes: so that tests need no MPI.
package final class ThreadCommunicator: Communicator {
  package let rank: Int
  package var ranks: Int { meeting.ranks }
  private let meeting: Meeting

  private init(_ rank: Int, _ meeting: Meeting) {
    self.rank = rank
    self.meeting = meeting
  }

  /// Calls `body` once for each rank, each on a thread of its own, and returns what they returned, by rank.
  package static func run<Result: Sendable>(
    _ ranks: Int, _ body: @escaping @Sendable (any Communicator) -> Result
  ) -> [Result] {
    let meeting = Meeting(ranks)
    let results = Box(Mutex([Int: Result]()))
    let handles = (0..<ranks).map { rank in
      startThread {
        let result = body(ThreadCommunicator(rank, meeting))
        results.value.withLock { $0[rank] = result }
      }
    }
    for handle in handles { pthread_join(handle, nil) }
    return results.value.withLock { found in (0..<ranks).map { found[$0]! } }
  }

  package func exchange(
    _ source: UnsafeRawPointer, sent: [Range<Int>], into target: UnsafeMutableRawPointer, received: [Range<Int>]
  ) {
    meeting.publish(rank, source, sent)
    for other in 0..<ranks {
      let (pointer, ranges) = meeting.published(other)
      precondition(ranges[rank].count == received[other].count, "ranks disagree about a number of bytes")
      (target + received[other].lowerBound)
        .copyMemory(from: pointer + ranges[rank].lowerBound, byteCount: received[other].count)
    }
    meeting.wait()
  }

  package func gather(_ buffer: UnsafeMutableRawPointer, _ ranges: [Range<Int>]) {
    meeting.publish(rank, UnsafeRawPointer(buffer), ranges)
    for other in 0..<ranks where other != rank {
      let (pointer, given) = meeting.published(other)
      precondition(given == ranges, "ranks disagree about what they gather")
      (buffer + ranges[other].lowerBound)
        .copyMemory(from: pointer + ranges[other].lowerBound, byteCount: ranges[other].count)
    }
    meeting.wait()
  }

  private final class Box<Value: ~Copyable & Sendable>: Sendable {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
  }

  /// Where the threads wait for each other.
  private final class Meeting: @unchecked Sendable {
    let ranks: Int
    private let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)
    private let places: Mutex<[(pointer: UInt, ranges: [Range<Int>])]>

    init(_ ranks: Int) {
      self.ranks = ranks
      places = Mutex(Array(repeating: (0, []), count: ranks))
      pthread_barrier_init(barrier, nil, UInt32(ranks))
    }

    deinit {
      pthread_barrier_destroy(barrier)
      barrier.deallocate()
    }

    /// Returns when all ranks have published.
    func publish(_ rank: Int, _ pointer: UnsafeRawPointer, _ ranges: [Range<Int>]) {
      places.withLock { $0[rank] = (UInt(bitPattern: pointer), ranges) }
      wait()
    }

    func published(_ rank: Int) -> (UnsafeRawPointer, [Range<Int>]) {
      let (pointer, ranges) = places.withLock { $0[rank] }
      return (UnsafeRawPointer(bitPattern: pointer)!, ranges)
    }

    func wait() { pthread_barrier_wait(barrier) }
  }
}

/// Threads of the language's own pool may be fewer than the ranks, which wait for each other; so each rank is a real thread.
private func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
  final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var handle = pthread_t()
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setstacksize(&attributes, 64 << 20)
  let failure = pthread_create(
    &handle, &attributes,
    { argument in
      Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
      return nil
    }, Unmanaged.passRetained(Work(body)).toOpaque())
  precondition(failure == 0, "the system refused to start a thread")
  return handle
}

/// A value that a thread hands over when it is done with it.
package struct Handed<Value>: @unchecked Sendable {
  package let value: Value
  package init(_ value: Value) { self.value = value }
}
