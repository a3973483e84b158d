import SwerveFiles
import SwerveText

/// A problem with Slurm, or with what is given to it.
package enum SlurmError: UserFacingError, Equatable {
  case notInstalled(program: String)
  /// Slurm answers, and does not take the job. The text is Slurm's own.
  case rejected(text: String)
  /// Slurm's controller did not answer for so many seconds.
  case away(seconds: Int)
  /// An answer that is not what Slurm's manual says.
  case badAnswer(command: String, text: String)
  /// A path that a batch script can't name.
  case badPath(String)

  package var category: ErrorCategory {
    switch self {
    case .notInstalled, .rejected, .badPath: .usage
    case .away, .badAnswer: .data
    }
  }

  package var message: String { parts.message }
  package var hint: String? { parts.hint }

  private var parts: (message: String, hint: String?) {
    switch self {
    case .notInstalled(let program):
      (
        "Slurm is not on this machine: there is no program \(program) in the folders of PATH",
        "run it where you submit jobs (Debian: apt-get install slurm-client), or leave --slurm out to use this machine"
      )
    case .rejected(let text):
      (
        "Slurm does not take the job: \(text)",
        "`sinfo` shows partitions and their limits; the batch script is in the sweep's folder, under slurm/"
      )
    case .away(let seconds):
      (
        "Slurm's controller has not answered for \(seconds) seconds, so nothing more was submitted",
        "`scontrol ping` shows whether it is back; the same command then submits what is left"
      )
    case .badAnswer(let command, let text):
      ("\(command) gave an answer that swerve can't read: \(text.debugDescription)", "tell it to the makers of swerve")
    case .badPath(let path):
      (
        "Slurm's batch scripts can't name the path \(path.debugDescription): it has a quote, a backslash or a control "
          + "character",
        "give the sweep another --out"
      )
    }
  }
}
