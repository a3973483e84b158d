// sin, cos, tan, asin, acos and atan2 of doubles; see mathfn.c for the method. Arguments of any size are reduced
// exactly, with 256 bits of 2/pi.
#include <math.h>

#include "exact.h"
#include "internal.h"

#pragma STDC FP_CONTRACT OFF

/// The bits of 2/pi after the point.
static const uint64_t two_over_pi[] = {
    0xa2f9836e4e441529u, 0xfc2757d1f534ddc0u, 0xdb6295993c439041u, 0xfe5163abdebbc561u,
    0xb7246e3a424dd2e0u, 0x06492eea09d1921cu, 0xfe1deb1cb129a73eu, 0xe88235f52ebb4484u,
    0xe99c7026b45f7e41u, 0x3991d639835339f4u, 0x9c845f8bbdf9283bu, 0x1ff897ffde05980fu,
    0xef2f118b5a0a6d1fu, 0x6d367ecf27cb09b7u, 0x4f463f669e5fea2du, 0x7527bac7ebe5f17bu,
    0x3d0739f78a5292eau, 0x6bfb5fb11f8d5d08u, 0x56033046fc7b6babu, 0xf0cfbc209af4361du,
};

/// 64 bits of 2/pi, the first of weight 2^-(start + 1); zero in front of the point.
static uint64_t bits_from(int start) {
  if (start <= -64) return 0;
  if (start < 0) return two_over_pi[0] >> -start;
  int word = start / 64, shift = start % 64;
  if (shift == 0) return two_over_pi[word];
  return two_over_pi[word] << shift | two_over_pi[word + 1] >> (64 - shift);
}

/// The fraction in a 256-bit number (first word highest), which is not 0, as a pair.
static swl_pair fraction_pair(uint64_t *f) {
  int shift = 0;
  while (f[0] == 0) {
    f[0] = f[1], f[1] = f[2], f[2] = f[3], f[3] = 0;
    shift += 64;
  }
  int zeros = __builtin_clzll(f[0]);
  uint64_t a = zeros == 0 ? f[0] : f[0] << zeros | f[1] >> (64 - zeros);
  uint64_t b = zeros == 0 ? f[1] : f[1] << zeros | f[2] >> (64 - zeros);
  double unit = swl_power_of_two(-53 - shift - zeros);
  double high = (double)(a >> 11) * unit, low = (double)((a & 0x7FF) << 42 | b >> 22) * unit * 0x1p-53;
  return swl_quick_sum(high, low);
}

/// x - q pi/2 for finite |x| > pi/4, in -pi/4...pi/4; *quadrant is q mod 4.
static swl_pair reduce(double x, int *quadrant) {
  uint64_t bits, product[4];
  double size = fabs(x);
  memcpy(&bits, &size, sizeof bits);
  uint64_t mantissa = (bits & 0xFFFFFFFFFFFFF) | 0x10000000000000;
  // x = mantissa 2^e. Bits of 2/pi of weight 2^(2-e) and above give multiples of 4 and are left out.
  int e = (int)(bits >> 52) - 1075;
  unsigned __int128 carry = 0;
  for (int i = 3; i >= 0; i--) {
    carry += (unsigned __int128)mantissa * bits_from(e - 2 + 64 * i);
    product[i] = (uint64_t)carry;
    carry >>= 64;
  }
  // The product modulo 2^256: two bits of the quadrant, then the fraction.
  int q = (int)(product[0] >> 62);
  for (int i = 0; i < 4; i++) product[i] = product[i] << 2 | (i < 3 ? product[i + 1] >> 62 : 0);
  int is_negative = product[0] >> 63 != 0;
  if (is_negative) {
    q++;
    uint64_t carry_in = 1;
    for (int i = 3; i >= 0; i--) {
      product[i] = ~product[i] + carry_in;
      carry_in = carry_in && product[i] == 0;
    }
  }
  swl_pair r = swl_multiply(fraction_pair(product), swl_half_pi);
  *quadrant = (x < 0 ? -q : q) & 3;
  return is_negative != (x < 0) ? swl_negate(r) : r;
}

/// The series of sin (first = 1) or cos (first = 0) in pairs; terms below 2^-53 of the first in doubles.
static swl_pair series(swl_pair r, int first) {
  swl_pair square = swl_multiply(r, r);
  double tail = 0;
  int n = first + 26;
  for (; n > first + 15; n -= 2) tail = swl_inverse_factorial[n].high - tail * square.high;
  swl_pair sum = swl_single(tail);
  for (; n >= first; n -= 2) sum = swl_add(swl_inverse_factorial[n], swl_negate(swl_multiply(sum, square)));
  return first == 1 ? swl_multiply(sum, r) : sum;
}

#define QUARTER_PI 0.7853981633974483

static void sin_cos(double x, swl_pair *sine, swl_pair *cosine) {
  int quadrant = 0;
  swl_pair r = fabs(x) <= QUARTER_PI ? swl_single(x) : reduce(x, &quadrant);
  swl_pair s = series(r, 1), c = series(r, 0);
  *sine = quadrant % 2 == 0 ? s : c;
  *cosine = quadrant % 2 == 0 ? c : s;
  if (quadrant >= 2) *sine = swl_negate(*sine);
  if (quadrant == 1 || quadrant == 2) *cosine = swl_negate(*cosine);
}

static int is_tiny(double x) { return fabs(x) < 0x1p-27; }
static int is_finite(double x) { return x - x == 0; }

double swl_sin(double x) {
  if (is_tiny(x)) return x;
  if (!is_finite(x)) return (double)NAN;
  swl_pair s, c;
  sin_cos(x, &s, &c);
  return s.high;
}

double swl_cos(double x) {
  if (!is_finite(x)) return (double)NAN;
  swl_pair s, c;
  sin_cos(x, &s, &c);
  return c.high;
}

double swl_tan(double x) {
  if (is_tiny(x)) return x;
  if (!is_finite(x)) return (double)NAN;
  swl_pair s, c;
  sin_cos(x, &s, &c);
  return swl_divide(s, c).high;
}

/// atan t for t in 0...1 to about 40 bits.
static double rough_atan(double t) {
  double base = 0;
  if (t > 0.41421356237309503) {
    t = (t - 1) / (t + 1);
    base = QUARTER_PI;
  }
  double square = t * t, sum = 0;
  for (int k = 33; k >= 1; k -= 2) sum = 1.0 / k - sum * square;
  return base + t * sum;
}

/// The angle of the point (x, y) with 0 <= y <= x: one Newton step, tan(angle - a) = (t cos a - sin a) / (cos a + t
/// sin a).
static swl_pair octant_angle(swl_pair y, swl_pair x) {
  swl_pair t = swl_divide(y, x);
  double a = rough_atan(t.high);
  swl_pair s = series(swl_single(a), 1), c = series(swl_single(a), 0);
  swl_pair numerator = swl_add(swl_multiply(t, c), swl_negate(s));
  return swl_two_sum(a, numerator.high / (c.high + t.high * s.high));
}

/// The angle for y, x >= 0, not both 0.
static swl_pair quadrant_angle(swl_pair y, swl_pair x) {
  if (y.high <= x.high) return octant_angle(y, x);
  return swl_add(swl_half_pi, swl_negate(octant_angle(x, y)));
}

double swl_atan2(double y, double x) {
  if (x != x || y != y) return (double)NAN;
  double ay = fabs(y), ax = fabs(x), pi = 3.141592653589793;
  if (ay == 0) return signbit(x) ? copysign(pi, y) : y;
  if (!is_finite(ay) && !is_finite(ax)) return copysign(x > 0 ? pi / 4 : 3 * (pi / 4), y);
  if (ax == 0 || !is_finite(ay)) return copysign(pi / 2, y);
  if (!is_finite(ax)) return x > 0 ? copysign(0, y) : copysign(pi, y);
  if (x > 0 && ay < ax * 0x1p-27) return y / x;
  if (ay > ax * 0x1p60) return copysign(pi / 2, y);
  if (ay > 0x1p400 || ax > 0x1p400) ay *= 0x1p-500, ax *= 0x1p-500;
  if (ay < 0x1p-400 || ax < 0x1p-400) ay *= 0x1p500, ax *= 0x1p500;
  swl_pair angle = quadrant_angle(swl_single(ay), swl_single(ax));
  if (x < 0) angle = swl_add(swl_add(swl_half_pi, swl_half_pi), swl_negate(angle));
  return copysign(angle.high, y);
}

/// The root of a pair.
static swl_pair square_root(swl_pair a) {
  double root = sqrt(a.high);
  if (root == 0) return swl_single(0);
  swl_pair rest = swl_add(a, swl_negate(swl_two_product(root, root)));
  return swl_quick_sum(root, rest.high / (2 * root));
}

/// The root of 1 - x^2 for |x| <= 1.
static swl_pair other_leg(double x) {
  return square_root(swl_multiply(swl_two_sum(1, -x), swl_two_sum(1, x)));
}

double swl_asin(double x) {
  if (is_tiny(x)) return x;
  if (!(fabs(x) <= 1)) return (double)NAN;
  return copysign(quadrant_angle(swl_single(fabs(x)), other_leg(x)).high, x);
}

double swl_acos(double x) {
  if (!(fabs(x) <= 1)) return (double)NAN;
  if (x == 1) return 0;
  swl_pair angle = quadrant_angle(other_leg(x), swl_single(fabs(x)));
  if (x < 0) angle = swl_add(swl_add(swl_half_pi, swl_half_pi), swl_negate(angle));
  return angle.high;
}
