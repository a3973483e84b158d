// exp, log and pow of doubles: Taylor series and one Newton step in pairs of doubles, rounded once at the end.
// glibc's own routines are faster, but it picks them by processor, and they differ in the last bit.
#include <math.h>

#include "exact.h"
#include "internal.h"

#pragma STDC FP_CONTRACT OFF

swl_pair swl_expm1_kernel(swl_pair r) {
  // Terms from r^14/14! on are below 2^-53 of the first, so doubles are enough for them.
  double tail = 0;
  for (int n = 22; n >= 14; n--) tail = tail * r.high + swl_inverse_factorial[n].high;
  swl_pair sum = swl_single(tail);
  for (int n = 13; n >= 1; n--) sum = swl_add(swl_multiply(sum, r), swl_inverse_factorial[n]);
  return swl_multiply(sum, r);
}

/// x 2^n where the result may overflow or be subnormal.
static double scale(double x, int n) {
  int half = n / 2;
  return x * swl_power_of_two(half) * swl_power_of_two(n - half);
}

/// e^x of a pair; the caller excludes NaN.
static double exp_pair(swl_pair x) {
  if (x.high > 710) return (double)INFINITY;
  if (x.high < -746) return 0;
  double shift = 6755399441055744.0;  // 1.5 * 2^52: adding and subtracting it rounds to a whole number
  double n = (x.high * 1.4426950408889634 + shift) - shift;
  swl_pair r = swl_add(x, swl_negate(swl_multiply(swl_single(n), swl_ln2)));
  swl_pair value = swl_add(swl_single(1), swl_expm1_kernel(r));
  return scale(value.high, (int)n);
}

double swl_exp(double x) { return x != x ? x : exp_pair(swl_single(x)); }

/// ln m for m in [sqrt(1/2), sqrt(2)] to about 50 bits: 2 artanh((m - 1) / (m + 1)).
static double rough_log(double m) {
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int k = 27; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return 2 * s * sum;
}

swl_pair swl_log_pair(double x) {
  int exponent = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    exponent = -54;
  }
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint64_t root_half = 0x3FE6A09E667F3BCD;
  int64_t shift = (int64_t)(bits - root_half) >> 52;
  exponent += (int)shift;
  bits -= (uint64_t)shift << 52;
  double m;
  memcpy(&m, &bits, sizeof m);
  // ln m = y + ln(m e^-y), and e = m e^-y - 1 = (m - 1) + m (e^-y - 1) is tiny.
  double y = rough_log(m);
  swl_pair e = swl_add(swl_single(m - 1), swl_multiply(swl_single(m), swl_expm1_kernel(swl_single(-y))));
  swl_pair correction = swl_add(e, swl_single(-0.5 * e.high * e.high));
  swl_pair result = swl_add(swl_single(y), correction);
  return swl_add(result, swl_multiply(swl_single(exponent), swl_ln2));
}

static int is_finite(double x) { return x - x == 0; }

double swl_log(double x) {
  if (x != x || x == (double)INFINITY) return x;
  if (x == 0) return -(double)INFINITY;
  if (x < 0) return (double)NAN;
  return swl_log_pair(x).high;
}

double swl_log_base(double x, double base) {
  int is_regular = x > 0 && base > 0 && base != 1 && is_finite(x) && is_finite(base);
  if (!is_regular) return swl_log(x) / swl_log(base);
  if (x == 1) return 0;
  return swl_divide(swl_log_pair(x), swl_log_pair(base)).high;
}

/// 0 for no whole number, 1 for odd, 2 for even.
static int parity(double y) {
  double size = fabs(y);
  if (size >= 0x1p53) return 2;
  if (size != (double)(int64_t)size) return 0;
  return (int64_t)size % 2 != 0 ? 1 : 2;
}

/// x^y where x or y is 0, infinite or NaN, or x is 1 (C99, Annex F).
static double power_of_special(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return (double)NAN;
  double size = fabs(x);
  if (!is_finite(y)) {
    if (size == 1) return 1;
    return (size > 1) == (y > 0) ? (double)INFINITY : 0;
  }
  double result = (size == 0) == (y < 0) ? (double)INFINITY : 0;
  return parity(y) == 1 ? copysign(result, x) : result;
}

/// Small whole powers by products; |x| in 2^-60...2^60 keeps the parts in range.
static double whole_power(double x, int n) {
  swl_pair result = swl_single(1), base = swl_single(x);
  for (int rest = n < 0 ? -n : n; rest > 0; rest >>= 1) {
    if (rest & 1) result = swl_multiply(result, base);
    base = swl_multiply(base, base);
  }
  return n < 0 ? swl_divide(swl_single(1), result).high : result.high;
}

double swl_pow(double x, double y) {
  if (x == 0 || x == 1 || y == 0 || !is_finite(x) || !is_finite(y)) return power_of_special(x, y);
  int kind = parity(y);
  if (x < 0 && kind == 0) return (double)NAN;
  double size = fabs(x), sign = x < 0 && kind == 1 ? -1 : 1;
  if (y == 0.5) return sqrt(x);
  if (kind != 0 && fabs(y) <= 8 && size > 0x1p-60 && size < 0x1p60) return sign * whole_power(size, (int)y);
  if (size == 1) return sign;
  if (fabs(y) > 0x1p70) return sign * ((size > 1) == (y > 0) ? (double)INFINITY : 0);
  return sign * exp_pair(swl_multiply(swl_log_pair(size), swl_single(y)));
}
