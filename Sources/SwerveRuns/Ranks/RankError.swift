import SwerveText

/// Why several processes can't compute one run together.
package enum RankError: UserFacingError, Equatable {
  /// - Parameter problems: what loading said of each library that was tried.
  case noLibrary([String])
  /// The command line or the launcher says one number of ranks, MPI another.
  case otherNumber(asked: Int, found: Int, library: String)
  /// A launcher started several processes, and none of its ways to join them is one that MPI here knows.
  case notJoined(Int)
  case noLauncher(String)
  case launcherFailed(String)
  /// The ranks do not have the same of something before the first step, such as the script.
  case differs(what: String, rank: Int)
  /// The weights of a rank are not those of rank 0.
  case weightsDiffer(rank: Int, stage: String, step: Int)

  package var message: String {
    switch self {
    case .noLibrary(let problems): "no MPI library: \(problems.joined(separator: "; "))"
    case .otherNumber(let asked, let found, let library):
      "\(asked) ranks were asked for, but MPI says that this process is one of \(found) (\(library))"
    case .notJoined(let count): "\(count) copies of this program were started, and they do not know of each other"
    case .noLauncher(let name): "--ranks needs \(name), which is not installed"
    case .launcherFailed(let reason): "the ranks could not be started: \(reason)"
    case .differs(let what, let rank): "rank \(rank) has another \(what) than rank 0"
    case .weightsDiffer(let rank, let stage, let step):
      "stage \(stage), step \(step): the weights of rank \(rank) are not those of rank 0"
    }
  }

  package var hint: String? {
    switch self {
    case .noLibrary, .noLauncher:
      "apt-get install openmpi-bin; SWERVE_MPI_LIBRARY names another library; without --ranks one process computes alone"
    case .otherNumber, .notJoined:
      "with Slurm: srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH); else mpirun -n N swerve run ... of the same MPI"
    case .launcherFailed: "mpirun -n 2 hostname shows whether MPI works on this machine"
    case .differs: "all ranks read the same files: use a folder that all machines share, with one build of swerve"
    case .weightsDiffer:
      "a processor or memory of that machine computes wrongly, or its build differs; swerve doctor there checks it; the "
        + "last checkpoint is from before"
    }
  }

  package var category: ErrorCategory {
    switch self {
    case .weightsDiffer: .difference
    case .noLibrary, .noLauncher, .launcherFailed: .data
    case .otherNumber, .notJoined, .differs: .usage
    }
  }
}
