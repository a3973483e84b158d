/// How far a run has come, as lists and reports say it.
package enum RunState: String, Sendable {
  case complete, interrupted, failed
  /// It has no result: it was killed or is still running.
  case incomplete
  /// Its record can't be read.
  case unreadable
}

extension RunStatus {
  package var state: RunState {
    switch self {
    case .complete: .complete
    case .interrupted: .interrupted
    case .failed: .failed
    }
  }
}
