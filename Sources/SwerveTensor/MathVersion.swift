/// The meaning of the math: raised by any change that moves a bit of a result, with the reason in CHANGELOG.md.
package let mathVersion = 3

/// The vector instructions that this build was compiled for. Informational: no width changes a bit.
package let vectorBuild: String = {
  #if SWERVE_AVX512
    "avx512"
  #else
    "avx2 or less"
  #endif
}()
