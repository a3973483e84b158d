#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What is passed to the new thread. The caller waits, so nothing is used by two threads at once.
private final class StackJob {
  let body: () -> Void

  init(_ body: @escaping () -> Void) { self.body = body }
}

/// Runs `body` on a thread of its own with a stack of `bytes` and waits for it.
///
/// Lua's 200 levels of nested C calls need about 0.5 MB, and host functions add to each level. Threads other than the
/// main one may have less stack than that.
package func withLargeStack<T>(bytes: Int = 16 << 20, _ body: () throws -> T) throws -> T {
  var outcome: Result<T, any Error>?
  try withoutActuallyEscaping(body) { escaping in
    try runThread(bytes: bytes) { outcome = Result { try escaping() } }
  }
  guard let outcome else { throw LuaError(kind: .runtime, message: "the thread for Lua ended early") }
  return try outcome.get()
}

private func runThread(bytes: Int, _ body: @escaping () -> Void) throws {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, bytes)
  #if canImport(Glibc)
    var thread = pthread_t()
  #else
    var thread: pthread_t?
  #endif
  let job = Unmanaged.passRetained(StackJob(body))
  let status = pthread_create(&thread, &attributes, stackMain, job.toOpaque())
  guard status == 0 else {
    job.release()
    throw LuaError(kind: .runtime, message: "can't start a thread with a stack of \(bytes) bytes: error \(status)")
  }
  #if canImport(Glibc)
    pthread_join(thread, nil)
  #else
    if let thread { pthread_join(thread, nil) }
  #endif
}

#if canImport(Glibc)
  private func stackMain(_ job: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let job { Unmanaged<StackJob>.fromOpaque(job).takeRetainedValue().body() }
    return nil
  }
#else
  private func stackMain(_ job: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<StackJob>.fromOpaque(job).takeRetainedValue().body()
    return nil
  }
#endif
