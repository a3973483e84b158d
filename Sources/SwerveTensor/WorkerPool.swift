import CVector
import Glibc
import Synchronization

/// A fixed set of threads that pick numbered pieces of work until none is left.
///
/// The result must not depend on which thread takes which piece. So the problem alone decides how pieces are cut, each
/// piece writes to its own addresses, and their results are combined in the order of their numbers. Then any number of
/// threads gives the same bits.
package final class WorkerPool: @unchecked Sendable {
  /// Threads that work, the calling one included.
  package let threads: Int
  /// The processes that compute the same run, each with a pool of its own.
  package let communicator: any Communicator

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  // Written by the caller while no worker is busy; workers read them after they saw the generation change.
  private var job: (@Sendable (Int, Int) -> Void)?
  private var count = 0
  private let generation = Atomic<Int>(0)
  private let busy = Atomic<Int>(0)
  private let next = Atomic<Int>(0)
  // Guarded by the mutex. A thread that is about to sleep says so here, then checks its condition once more. A thread
  // that changes a condition takes the mutex afterwards. So no thread sleeps through a change.
  private var sleepers = 0
  private var callerSleeps = false
  private var stopping = false
  private var handles: [pthread_t] = []

  /// Whether threads look for work for a moment before they sleep, so that jobs can follow each other quickly. False
  /// where this pool alone has more threads than the machine has cores.
  package let looksForWork: Bool

  /// - Parameters:
  ///   - threads: at least 1.
  ///   - communicator: if not given, this process computes alone.
  package init(threads: Int, communicator: any Communicator = OneRank()) {
    precondition(threads >= 1, "a pool needs a thread")
    self.threads = threads
    self.communicator = communicator
    looksForWork = threads <= sysconf(Int32(_SC_NPROCESSORS_ONLN))
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(done, nil)
    for worker in 1..<max(threads, 1) {
      var handle = pthread_t()
      let start = Unmanaged.passRetained(Start(pool: self, worker: worker))
      let failure = pthread_create(
        &handle, nil,
        { argument in
          Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().run()
          return nil
        }, start.toOpaque())
      precondition(failure == 0, "the system refused to start thread \(worker + 1) of \(threads)")
      handles.append(handle)
    }
  }

  /// Ends the threads. A pool that is not closed keeps them until the process ends.
  package func close() {
    pthread_mutex_lock(mutex)
    stopping = true
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(mutex)
    for handle in handles { pthread_join(handle, nil) }
    handles = []
  }

  deinit {
    mutex.deallocate()
    wake.deallocate()
    done.deallocate()
  }

  /// Calls `body(piece, worker)` once for each piece in 0..<count and returns when all are done. `worker` is in
  /// 0..<threads, and no two threads have the same number at a time, so it may index scratch space.
  /// - Precondition: not called from a body of the same pool, nor after `close`.
  package func run(_ count: Int, _ body: (_ piece: Int, _ worker: Int) -> Void) {
    precondition(
      threads == 1 || job == nil && !stopping, "a pool runs one job at a time, and none after it was closed")
    if threads == 1 || count <= 1 {
      for piece in 0..<count { body(piece, 0) }
      return
    }
    withoutActuallyEscaping(body) { escaping in
      // The body does not outlive this call: this function returns only after every thread has left it.
      let shared = unsafeBitCast(escaping, to: (@Sendable (Int, Int) -> Void).self)
      job = shared
      self.count = count
      next.store(0, ordering: .relaxed)
      busy.store(threads - 1, ordering: .relaxed)
      generation.wrappingAdd(1, ordering: .releasing)
      pthread_mutex_lock(mutex)
      if sleepers > 0 { pthread_cond_broadcast(wake) }
      pthread_mutex_unlock(mutex)
      drain(shared, count, worker: 0)
      waitForWorkers()
      job = nil
    }
  }

  private func drain(_ job: (Int, Int) -> Void, _ count: Int, worker: Int) {
    while true {
      let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if piece >= count { return }
      job(piece, worker)
    }
  }

  private func waitForWorkers() {
    if look(for: { busy.load(ordering: .acquiring) == 0 }) { return }
    pthread_mutex_lock(mutex)
    callerSleeps = true
    while busy.load(ordering: .acquiring) > 0 { pthread_cond_wait(done, mutex) }
    callerSleeps = false
    pthread_mutex_unlock(mutex)
  }

  fileprivate func serve(worker: Int) {
    var seen = 0
    while waitForJob(after: &seen) {
      work(worker)
      if busy.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue > 0 { continue }
      pthread_mutex_lock(mutex)
      if callerSleeps { pthread_cond_signal(done) }
      pthread_mutex_unlock(mutex)
    }
  }

  /// False once the pool is closed.
  private func waitForJob(after seen: inout Int) -> Bool {
    let last = seen
    defer { seen = generation.load(ordering: .relaxed) }
    if look(for: { generation.load(ordering: .acquiring) != last }) { return true }
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    sleepers += 1
    defer { sleepers -= 1 }
    while generation.load(ordering: .acquiring) == last {
      if stopping { return false }
      pthread_cond_wait(wake, mutex)
    }
    return true
  }

  /// A separate function, so that its reference to the job is released before `busy` is lowered.
  @inline(never)
  private func work(_ worker: Int) {
    if let job { drain(job, count, worker: worker) }
  }

  /// Waits for a condition for some tens of microseconds, about as long as it takes to wake a thread. Returns false if
  /// the condition stayed false.
  private func look(for condition: () -> Bool) -> Bool {
    guard looksForWork else { return condition() }
    let end = nanoseconds() + 50_000
    repeat {
      for _ in 0..<16 {
        if condition() { return true }
        swerve_pause()
      }
    } while nanoseconds() < end
    return false
  }
}

/// Only how long a thread stays awake depends on this clock.
private func nanoseconds() -> Int {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return now.tv_sec * 1_000_000_000 + now.tv_nsec
}

private final class Start {
  let pool: WorkerPool
  let worker: Int

  init(pool: WorkerPool, worker: Int) {
    self.pool = pool
    self.worker = worker
  }

  func run() { pool.serve(worker: worker) }
}
