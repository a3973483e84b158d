#include "COpenBLAS.h"

#include <dlfcn.h>
#include <stdio.h>

// Of cblas.h. An OpenBLAS with 64-bit integers (libopenblas64) has other names for its functions.
enum { ROW_MAJOR = 101, NOT_TRANSPOSED = 111, TRANSPOSED = 112 };

static struct {
  void (*sgemm)(
    int order, int a_transposed, int b_transposed, int m, int n, int k, float alpha, const float *a, int a_stride,
    const float *b, int b_stride, float beta, float *c, int c_stride);
  void (*set_threads)(int);
  char *(*config)(void);
  char *(*core)(void);
} blas;

static int find(void *library, const char *name, void *function) {
  void *found = dlsym(library, name);
  *(void **)function = found;
  return found != NULL;
}

int swerve_blas_open(const char *library, char *message, size_t size) {
  void *opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (opened == NULL) {
    snprintf(message, size, "%s", dlerror());
    return -1;
  }
  int all = find(opened, "cblas_sgemm", &blas.sgemm) & find(opened, "openblas_set_num_threads", &blas.set_threads)
    & find(opened, "openblas_get_config", &blas.config) & find(opened, "openblas_get_corename", &blas.core);
  if (!all) {
    snprintf(message, size, "%s is no OpenBLAS with 32-bit integers", library);
    return -1;
  }
  blas.set_threads(1);
  return 0;
}

const char *swerve_blas_config(void) { return blas.config(); }
const char *swerve_blas_core(void) { return blas.core(); }

void swerve_blas_multiply(
  int a_transposed, int b_transposed, int m, int n, int k, const float *a, int a_stride, const float *b, int b_stride,
  float *c, int c_stride) {
  blas.sgemm(
    ROW_MAJOR, a_transposed ? TRANSPOSED : NOT_TRANSPOSED, b_transposed ? TRANSPOSED : NOT_TRANSPOSED, m, n, k, 1, a,
    a_stride, b, b_stride, 1, c, c_stride);
}
