// OpenBLAS for Swift, opened when it is asked for: the program needs it neither to build nor to start. Declared is what
// one kind of product needs, and nothing else.
#ifndef COPENBLAS_H
#define COPENBLAS_H

#include <stddef.h>

/// Loads the library, and pins it to the calling thread alone. Called once, before the other functions.
/// - Parameters:
///   - library: the file name or path of the library, for dlopen.
///   - message: receives a text of at most `size` bytes, with its end, if that fails.
/// - Returns: 0, or -1 for a library that is not there or that is no OpenBLAS.
int swerve_blas_open(const char *library, char *message, size_t size);

/// What the library says of itself: version and build options, and the core type whose kernels it picked. The texts last
/// as long as the program.
const char *swerve_blas_config(void);
const char *swerve_blas_core(void);

/// C (m, n) += A (m, k) B (k, n); all by rows, which are `a_stride`, `b_stride` and `c_stride` floats apart.
/// - Parameters:
///   - a_transposed: not 0 where A is stored as (k, m).
///   - b_transposed: not 0 where B is stored as (n, k).
void swerve_blas_multiply(
  int a_transposed, int b_transposed, int m, int n, int k, const float *a, int a_stride, const float *b, int b_stride,
  float *c, int c_stride);

#endif
