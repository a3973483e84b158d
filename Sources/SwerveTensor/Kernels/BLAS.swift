import COpenBLAS

/// Pins OpenBLAS to one thread; called before the first product.
private let pinned: Void = openblas_set_num_threads(1)

/// What OpenBLAS reports about itself: version, build options and the core type whose kernels it picked.
package func openBLASConfiguration() -> (config: String, core: String) {
  (String(cString: openblas_get_config()), String(cString: openblas_get_corename()))
}

/// C = C + A B by cblas_sgemm, on the calling thread alone.
func multiplyWithBLAS(
  _ c: UnsafeMutablePointer<Float>, cStride: Int, _ a: LeftOperand, _ b: RightOperand, m: Int, columns: Range<Int>,
  k: Int
) {
  _ = pinned
  if k == 0 { return }
  let (base, stride, transposed) =
    switch b {
    case .rows(let base, let stride): (base, stride, false)
    case .transposed(let base, let stride): (base, stride, true)
    case .panels(let panels): (panels.stored, panels.storedStride, panels.storedTransposed)
    }
  let aTransposed = a.stepStride != 1
  cblas_sgemm(
    CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans, transposed ? CblasTrans : CblasNoTrans,
    blasint(m), blasint(columns.count), blasint(k), 1,
    a.base, blasint(aTransposed ? a.stepStride : max(a.rowStride, k)),
    base + columns.lowerBound * (transposed ? stride : 1), blasint(stride), 1, c + columns.lowerBound,
    blasint(cStride))
}
