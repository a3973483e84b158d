/// How far a run has come, as lists and reports say it.
package enum RunState: String, Sendable {
  case complete, interrupted, failed
  /// It has no result, and a process writes it.
  case running
  /// It has no result, and no process writes it: it was killed.
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
