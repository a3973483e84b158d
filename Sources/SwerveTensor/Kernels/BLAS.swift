import COpenBLAS
import Glibc
import SwerveText

/// OpenBLAS, which is loaded where `--math blas` asks for it. Nothing else needs it, neither to build nor to start.
package struct OpenBLAS: Sendable {
  /// The version and the build options that it reports.
  package let config: String
  /// The core type whose kernels it picked. Kernels decide the order of sums.
  package let core: String

  /// Loads it once, on one thread: SWERVE_OPENBLAS_LIBRARY if set, else the one that the system finds.
  /// - Throws: OpenBLASError where it can't be loaded.
  package static func load() throws -> OpenBLAS { try loaded.get() }

  /// It, if it can be loaded.
  package static var ifPresent: OpenBLAS? { try? loaded.get() }

  private static let loaded: Result<OpenBLAS, OpenBLASError> = {
    var message = [CChar](repeating: 0, count: 512)
    let named = getenv("SWERVE_OPENBLAS_LIBRARY").map { UnsafePointer($0) }
    let status =
      named.map { swerve_blas_open($0, &message, message.count) }
      ?? swerve_blas_open("libopenblas.so.0", &message, message.count)
    if status != 0 {
      let reason = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      return .failure(OpenBLASError(reason: String(decoding: reason, as: UTF8.self)))
    }
    return .success(OpenBLAS(config: String(cString: swerve_blas_config()), core: String(cString: swerve_blas_core())))
  }()
}

/// `--math blas` on a machine without OpenBLAS.
package struct OpenBLASError: UserFacingError, Equatable {
  /// What the system says of the library.
  package let reason: String

  package var message: String { "--math blas needs OpenBLAS, which can't be loaded: \(reason)" }
  package var hint: String? {
    "apt-get install libopenblas0; SWERVE_OPENBLAS_LIBRARY names another library; --math exact needs none"
  }
}

/// C = C + A B by OpenBLAS, on the calling thread alone.
/// - Precondition: OpenBLAS can be loaded; who chooses `blas` calls `OpenBLAS.load()` first.
func multiplyWithBLAS(
  _ c: UnsafeMutablePointer<Float>, cStride: Int, _ a: LeftOperand, _ b: RightOperand, m: Int, columns: Range<Int>,
  k: Int
) {
  precondition(OpenBLAS.ifPresent != nil, "math blas without OpenBLAS")
  if k == 0 { return }
  let (base, stride, transposed) =
    switch b {
    case .rows(let base, let stride): (base, stride, false)
    case .transposed(let base, let stride): (base, stride, true)
    case .panels(let panels): (panels.stored, panels.storedStride, panels.storedTransposed)
    }
  let aTransposed = a.stepStride != 1
  swerve_blas_multiply(
    aTransposed ? 1 : 0, transposed ? 1 : 0, Int32(m), Int32(columns.count), Int32(k), a.base,
    Int32(aTransposed ? a.stepStride : max(a.rowStride, k)), base + columns.lowerBound * (transposed ? stride : 1),
    Int32(stride), c + columns.lowerBound, Int32(cStride))
}
