import CVector
import Glibc
import Synchronization

/// A fixed set of threads that pick numbered pieces of work until none is left.
///
/// Nothing about the result may depend on which thread takes which piece: pieces are cut by the problem, each writes to places
/// of its own, and what they produce is combined in the order of their numbers. Then any number of threads gives the same bits.
package final class WorkerPool: @unchecked Sendable {
  /// Threads that work, the calling one included.
  package let threads: Int

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  // Guarded by the mutex.
  private var job: (@Sendable (Int, Int) -> Void)?
  private var stopping = false
  private var count = 0
  // Changed under the mutex or by threads that then take it, so that none sleeps through a change.
  private let generation = Atomic<Int>(0)
  private let busy = Atomic<Int>(0)
  private let next = Atomic<Int>(0)
  /// How often a thread looks for work before it sleeps: some tens of microseconds, as jobs that share one step of sampling
  /// come that close together and to wake a thread takes longer. Never where threads have to share cores.
  private let looks: Int
  private var handles: [pthread_t] = []

  /// - Parameter threads: at least 1.
  package init(threads: Int) {
    precondition(threads >= 1, "a pool needs a thread")
    self.threads = threads
    looks = threads <= sysconf(Int32(_SC_NPROCESSORS_ONLN)) ? 1000 : 0
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(done, nil)
    for worker in 1..<max(threads, 1) {
      var handle = pthread_t()
      let start = Unmanaged.passRetained(Start(pool: self, worker: worker))
      pthread_create(
        &handle, nil,
        { argument in
          Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().run()
          return nil
        }, start.toOpaque())
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

  /// Calls `body(piece, worker)` once for each piece in 0..<count and returns when all are done. `worker` is in 0..<threads and
  /// is held by one thread at a time: scratch space may be kept by it.
  /// - Precondition: not called from a body of the same pool, nor after `close`.
  package func run(_ count: Int, _ body: (_ piece: Int, _ worker: Int) -> Void) {
    if threads == 1 || count <= 1 {
      for piece in 0..<count { body(piece, 0) }
      return
    }
    withoutActuallyEscaping(body) { escaping in
      // The body outlives no call: this function returns only after every thread has left it.
      let shared = unsafeBitCast(escaping, to: (@Sendable (Int, Int) -> Void).self)
      pthread_mutex_lock(mutex)
      precondition(!isBusy && !stopping, "a pool runs one job at a time, and none after it was closed")
      job = shared
      self.count = count
      next.store(0, ordering: .relaxed)
      busy.store(threads - 1, ordering: .relaxed)
      generation.wrappingAdd(1, ordering: .releasing)
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
      drain(shared, count, worker: 0)
      look(for: { !isBusy })
      pthread_mutex_lock(mutex)
      while isBusy { pthread_cond_wait(done, mutex) }
      job = nil
      pthread_mutex_unlock(mutex)
    }
  }

  private var isBusy: Bool { busy.load(ordering: .acquiring) > 0 }

  /// Waits a moment for something to become true.
  private func look(for condition: () -> Bool) {
    for _ in 0..<looks {
      if condition() { return }
      swerve_pause()
    }
  }

  private func drain(_ job: (Int, Int) -> Void, _ count: Int, worker: Int) {
    while true {
      let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if piece >= count { return }
      job(piece, worker)
    }
  }

  fileprivate func serve(worker: Int) {
    var seen = 0
    while waitForJob(after: &seen) {
      work(worker)
      if busy.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue > 0 { continue }
      pthread_mutex_lock(mutex)
      pthread_cond_signal(done)
      pthread_mutex_unlock(mutex)
    }
  }

  /// False once the pool is closed.
  private func waitForJob(after seen: inout Int) -> Bool {
    let last = seen
    look(for: { generation.load(ordering: .acquiring) != last })
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while generation.load(ordering: .relaxed) == seen && !stopping { pthread_cond_wait(wake, mutex) }
    seen = generation.load(ordering: .relaxed)
    return !stopping
  }

  /// A function of its own, so that its reference to the job is gone before `busy` says so.
  @inline(never)
  private func work(_ worker: Int) {
    pthread_mutex_lock(mutex)
    let current = job
    let pieces = count
    pthread_mutex_unlock(mutex)
    if let current { drain(current, pieces, worker: worker) }
  }
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
