import SwerveRL
import SwerveTensor
import SwerveText

/// What ranks must have in common before their first step.
enum RankAgreement {
  /// - Throws: RankError that names what differs, and the first rank where it does. Every rank throws it. OpenBLASError.
  static func require(_ script: LoadedScript, _ communicator: any Communicator) throws {
    if communicator.isAlone { return }
    var facts = [
      ("version of swerve", swerveVersion), ("math version", "\(mathVersion)"),
      ("script or data", script.inputs.digest),
    ]
    if script.settings.math == .blas {
      // OpenBLAS chooses its kernels, and with them the order of sums, by the processor.
      let blas = try OpenBLAS.load()
      facts += [("processor, which --math blas needs to be the same", "\(Processor.model()) \(blas.core)")]
    }
    try require(facts, communicator)
  }

  /// - Parameter facts: what each rank has, by what it is; all ranks name the same ones in the same order.
  static func require(_ facts: [(what: String, value: String)], _ communicator: any Communicator) throws {
    for (what, value) in facts {
      let values = communicator.all(Array(value.utf8))
      if let other = values.firstIndex(where: { $0 != values[0] }) { throw RankError.differs(what: what, rank: other) }
    }
  }
}
