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
  ///   - variable: looks a variable of the environment up.
  /// - Throws: RankError.notJoined for several tasks of Slurm that no kind of MPI joins.
  package static func make(
    asked: Int?, variable: (String) -> String? = { Environment.value($0) }
  ) throws -> RankPlan {
    if asked == 1 { return .alone }
    if let started = launched(variable) { return asked == nil && started == 1 ? .alone : .join(asked ?? started) }
    guard let asked else { return .alone }
    // `srun` without a kind of MPI starts independent programs, each of which would start all ranks.
    if let tasks = variable("SLURM_STEP_NUM_TASKS").flatMap({ Int($0) }), tasks > 1,
      variable("SLURM_STEP_ID").flatMap({ Int($0) }) != nil
    {
      throw RankError.notJoined(tasks)
    }
    return .launch(asked)
  }

  /// How many processes a launcher of MPI started together; nil: none did.
  private static func launched(_ variable: (String) -> String?) -> Int? {
    for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"] {
      if let size = variable(name).flatMap({ Int($0) }) { return size }
    }
    // srun --mpi=pmix says the rank, and Slurm the number.
    if variable("PMIX_RANK") != nil {
      return (variable("SLURM_STEP_NUM_TASKS") ?? variable("SLURM_NTASKS")).flatMap { Int($0) }
    }
    return nil
  }

  /// The rank that the launcher gave this process, before MPI is opened; 0 where none did.
  package static func rank(variable: (String) -> String? = { Environment.value($0) }) -> Int {
    ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"].compactMap { variable($0).flatMap { Int($0) } }.first ?? 0
  }

  /// The processors of this machine for each rank on it.
  package static func threads(cores: Int, ranks: Int, variable: (String) -> String? = { Environment.value($0) }) -> Int
  {
    if let given = variable("SLURM_CPUS_PER_TASK").flatMap({ Int($0) }) { return max(1, given) }
    let here = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"].compactMap { variable($0).flatMap { Int($0) } }.first
    return max(1, cores / max(1, here ?? ranks))
  }
}
