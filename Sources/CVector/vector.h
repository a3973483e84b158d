// What Swift can't say so that the compiler always makes one instruction of it. Header only: nothing is linked.
#pragma once

// Imported as SIMD16<Float>.
typedef float swerve_vector __attribute__((ext_vector_type(16)));

// a * b + c with one rounding in every lane. SIMD16's own addingProduct is a loop over lanes that the optimizer often leaves as
// one, or half of one, outside of simple loops.
static inline __attribute__((always_inline)) swerve_vector swerve_fma(
    swerve_vector a, swerve_vector b, swerve_vector c) {
  return __builtin_elementwise_fma(a, b, c);
}

// The square root of every lane, rounded to the nearest: one instruction, where SIMD16's own is sixteen.
static inline __attribute__((always_inline)) swerve_vector swerve_sqrt(swerve_vector x) {
  return __builtin_elementwise_sqrt(x);
}

// Asks for the cache line at p, which need not be readable. No result depends on it.
static inline __attribute__((always_inline)) void swerve_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }

// Says that the thread only waits, so that the processor gives its time to others.
static inline __attribute__((always_inline)) void swerve_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
