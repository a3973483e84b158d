import Glibc
import SwerveFiles
import SwerveText

/// Starts this program as several ranks, by mpirun.
package enum RankLauncher {
  /// - Parameters:
  ///   - arguments: of this program, its name first. They still ask for the same number of ranks.
  ///   - didStart: called with the number of mpirun's process.
  ///   - isCancelled: the ranks then end their step and write a checkpoint.
  /// - Returns: the exit code of the ranks.
  /// - Throws: RankError without mpirun; FileError.
  package static func run(
    _ ranks: Int, _ arguments: [String], cores: Int, didStart: (Int32) -> Void, isCancelled: () -> Bool
  ) throws -> Int32 {
    let name = Environment.value("SWERVE_MPIRUN") ?? "mpirun"
    guard let launcher = ChildProcess.find(name) else { throw RankError.noLauncher(name) }
    // By default, mpirun binds all threads of a rank to one core, and says in nine lines that a rank ended with an error.
    var words = [launcher, "-q", "-n", "\(ranks)", "--bind-to", "none"]
    // Slurm's allocation says how many ranks there may be.
    if Environment.value("SLURM_JOB_ID") == nil && ranks > cores { words.append("--oversubscribe") }
    let program = try ChildProcess.thisProgram()
    let child = try ChildProcess(
      words + [program] + arguments.dropFirst(), environment: environment(ranks: ranks, cores: cores), log: nil)
    didStart(child.number)
    var hasAsked = false
    while true {
      if let ending = child.ending() {
        switch ending {
        case .exit(let code): return code
        case .signal(let number): throw RankError.launcherFailed("\(name) was ended by signal \(number)")
        }
      }
      if !hasAsked && isCancelled() {
        // mpirun passes SIGUSR1 on. After SIGINT or SIGTERM, it would kill the ranks two seconds later.
        child.send(SIGUSR1)
        hasAsked = true
      }
      usleep(20_000)
    }
  }

  private static func environment(ranks: Int, cores: Int) -> [(String, String)] {
    // Otherwise ranks that wait take the processor from those that work.
    var variables = ranks >= cores ? [("OMPI_MCA_mpi_yield_when_idle", "1")] : []
    if getuid() == 0 {
      variables += [("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")]
    }
    return variables
  }
}
