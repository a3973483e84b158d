import LuaRuntime
import SwerveTensor
import Synchronization

/// Runs independent jobs on several threads. Results are in the order of the jobs, whichever ends first.
package enum ParallelJobs {
  /// The progress, for a live line.
  package struct State: Sendable {
    package fileprivate(set) var ended = 0
    /// The jobs that are running, in order.
    package fileprivate(set) var running: [Int] = []
  }

  /// - Parameters:
  ///   - jobs: the number of jobs at a time, at least 1.
  ///   - body: runs on a thread with a stack that is large enough for Lua.
  ///   - didChange: called at each start and end, by one thread at a time.
  /// - Throws: LuaError if a thread can't be started.
  package static func run<Value: Sendable>(
    _ count: Int, jobs: Int, didChange: (State) -> Void = { _ in }, _ body: @Sendable (Int) -> Value
  ) throws -> [Value] {
    let board = Board<Value>(count: count)
    let pool = WorkerPool(threads: max(1, min(jobs, count)))
    defer { pool.close() }
    pool.run(count) { piece, _ in
      board.change { content in
        content.state.running = (content.state.running + [piece]).sorted()
        didChange(content.state)
      }
      let result = Result { try withLargeStack { body(piece) } }
      board.change { content in
        content.results[piece] = result
        content.state.running.removeAll { $0 == piece }
        content.state.ended += 1
        didChange(content.state)
      }
    }
    return try board.results()
  }

  /// The state that the threads share.
  private final class Board<Value: Sendable>: Sendable {
    struct Content {
      var results: [Result<Value, any Error>?]
      var state = State()
    }

    private let content: Mutex<Content>

    init(count: Int) { content = Mutex(Content(results: Array(repeating: nil, count: count))) }

    func change(_ body: (inout Content) -> Void) { content.withLock { body(&$0) } }

    func results() throws -> [Value] { try content.withLock { try $0.results.compactMap { try $0?.get() } } }
  }
}
