import SwerveFiles
import SwerveText

/// How this process takes part in a run of several ranks.
package enum RankPlan: Equatable {
  /// It computes alone.
  case alone
  /// A launcher started it as one of so many.
  case join(Int)
  /// It starts so many, and waits for them.
  case launch(Int)

  /// - Parameters:
  ///   - asked: the number of ranks that the command line asks for; nil: as many as the launcher started. With 1, the
  ///     processes that a launcher started are runs of their own.
  ///   - number: looks a variable of the environment up; nil where it is not set or is no whole number.
  /// - Throws: RankError.notJoined for several tasks of Slurm that no kind of MPI joins.
  package static func make(
    asked: Int?, number: (String) -> Int? = { Environment.number($0) }
  ) throws -> RankPlan {
    if asked == 1 { return .alone }
    if let started = launched(number) { return asked == nil && started == 1 ? .alone : .join(asked ?? started) }
    guard let asked else { return .alone }
    // `srun` without a kind of MPI starts independent programs, each of which would start all ranks.
    if let tasks = number("SLURM_STEP_NUM_TASKS"), tasks > 1, number("SLURM_STEP_ID") != nil {
      throw RankError.notJoined(tasks)
    }
    return .launch(asked)
  }

  /// How many processes a launcher of MPI started together; nil: none did.
  private static func launched(_ number: (String) -> Int?) -> Int? {
    if let size = number("OMPI_COMM_WORLD_SIZE") ?? number("PMI_SIZE") { return size }
    // srun --mpi=pmix says the rank, and Slurm the number.
    return number("PMIX_RANK") == nil ? nil : number("SLURM_STEP_NUM_TASKS") ?? number("SLURM_NTASKS")
  }

  /// The rank that the launcher gave this process, before MPI is opened; 0 where none did.
  package static var rank: Int {
    ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"].compactMap { Environment.number($0) }.first ?? 0
  }

  /// The processors of this machine for each rank on it.
  package static func threads(cores: Int, ranks: Int, number: (String) -> Int? = { Environment.number($0) }) -> Int {
    if let given = number("SLURM_CPUS_PER_TASK") { return max(1, given) }
    let here = number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? number("MPI_LOCALNRANKS")
    return max(1, cores / max(1, here ?? ranks))
  }
}
