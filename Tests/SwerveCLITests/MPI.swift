import Foundation
import Testing

/// What tests of runs of several processes need of this machine.
enum MPI {
  static let isInstalled = ["/usr/bin", "/usr/local/bin"].contains {
    FileManager.default.fileExists(atPath: $0 + "/mpirun")
  }
  static let missing: Comment = "NOT RUN: there is no mpirun; apt-get install openmpi-bin"

  /// As it may be run as root, with more ranks than cores, and beside other tests.
  static let environment = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
  ]

  /// Whether srun can start ranks: its plugin opens libpmix.so, without a version.
  static let hasPMIx = isInstalled && !installed("libpmix.so").isEmpty && !installed("slurm-wlm/mpi_pmix.so").isEmpty

  private static func installed(_ library: String) -> [String] {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
    return folders.map { "/usr/lib/\($0)/\(library)" }.filter { FileManager.default.fileExists(atPath: $0) }
  }
}
