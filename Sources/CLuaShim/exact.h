// Pairs of doubles: an unevaluated sum of about 106 bits. Only IEEE additions, products and divisions of doubles are
// used, in a fixed order and never contracted, so every machine gets the same bits.
#ifndef SWL_EXACT_H
#define SWL_EXACT_H

#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/// high + low, with |low| at most half an ulp of high.
typedef struct {
  double high, low;
} swl_pair;

static const swl_pair swl_ln2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
static const swl_pair swl_half_pi = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};

/// 1/n!
static const swl_pair swl_inverse_factorial[] = {
    {0x1p+0, 0},  // 1/0!
    {0x1p+0, 0},  // 1/1!
    {0x1p-1, 0},  // 1/2!
    {0x1.5555555555555p-3, 0x1.5555555555555p-57},  // 1/3!
    {0x1.5555555555555p-5, 0x1.5555555555555p-59},  // 1/4!
    {0x1.1111111111111p-7, 0x1.1111111111111p-63},  // 1/5!
    {0x1.6c16c16c16c17p-10, -0x1.f49f49f49f49fp-65},  // 1/6!
    {0x1.a01a01a01a01ap-13, 0x1.a01a01a01a01ap-73},  // 1/7!
    {0x1.a01a01a01a01ap-16, 0x1.a01a01a01a01ap-76},  // 1/8!
    {0x1.71de3a556c734p-19, -0x1.c154f8ddc6c00p-73},  // 1/9!
    {0x1.27e4fb7789f5cp-22, 0x1.cbbc05b4fa99ap-76},  // 1/10!
    {0x1.ae64567f544e4p-26, -0x1.c062e06d1f209p-80},  // 1/11!
    {0x1.1eed8eff8d898p-29, -0x1.2aec959e14c06p-83},  // 1/12!
    {0x1.6124613a86d09p-33, 0x1.f28e0cc748ebep-87},  // 1/13!
    {0x1.93974a8c07c9dp-37, 0x1.05d6f8a2efd1fp-92},  // 1/14!
    {0x1.ae7f3e733b81fp-41, 0x1.1d8656b0ee8cbp-97},  // 1/15!
    {0x1.ae7f3e733b81fp-45, 0x1.1d8656b0ee8cbp-101},  // 1/16!
    {0x1.952c77030ad4ap-49, 0x1.ac981465ddc6cp-103},  // 1/17!
    {0x1.6827863b97d97p-53, 0x1.eec01221a8b0bp-107},  // 1/18!
    {0x1.2f49b46814157p-57, 0x1.2650f61dbdcb4p-112},  // 1/19!
    {0x1.e542ba4020225p-62, 0x1.ea72b4afe3c2fp-120},  // 1/20!
    {0x1.71b8ef6dcf572p-66, -0x1.d043ae40c4647p-120},  // 1/21!
    {0x1.0ce396db7f853p-70, -0x1.aebcdbd20331cp-124},  // 1/22!
    {0x1.761b41316381ap-75, -0x1.3423c7d91404fp-130},  // 1/23!
    {0x1.f2cf01972f578p-80, -0x1.9ada5fcc1ab14p-135},  // 1/24!
    {0x1.3f3ccdd165fa9p-84, -0x1.58ddadf344487p-139},  // 1/25!
    {0x1.88e85fc6a4e5ap-89, -0x1.71c37ebd16540p-143},  // 1/26!
    {0x1.d1ab1c2dccea3p-94, 0x1.054d0c78aea14p-149},  // 1/27!
};

/// The sum of a and b, exactly.
static inline swl_pair swl_two_sum(double a, double b) {
  double sum = a + b, part = sum - a;
  return (swl_pair){sum, (a - (sum - part)) + (b - part)};
}

/// The same where |a| is at least |b|, or a is 0.
static inline swl_pair swl_quick_sum(double a, double b) {
  double sum = a + b;
  return (swl_pair){sum, b - (sum - a)};
}

/// The product of a and b, exactly (Dekker), for magnitudes below 2^500.
static inline swl_pair swl_two_product(double a, double b) {
  double product = a * b, t = 134217729.0 * a, u = 134217729.0 * b;
  double a1 = t - (t - a), b1 = u - (u - b), a2 = a - a1, b2 = b - b1;
  return (swl_pair){product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2};
}

static inline swl_pair swl_add(swl_pair a, swl_pair b) {
  swl_pair s = swl_two_sum(a.high, b.high), t = swl_two_sum(a.low, b.low);
  s = swl_quick_sum(s.high, s.low + t.high);
  return swl_quick_sum(s.high, s.low + t.low);
}

static inline swl_pair swl_negate(swl_pair a) { return (swl_pair){-a.high, -a.low}; }

static inline swl_pair swl_multiply(swl_pair a, swl_pair b) {
  swl_pair p = swl_two_product(a.high, b.high);
  return swl_quick_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

static inline swl_pair swl_divide(swl_pair a, swl_pair b) {
  double q = a.high / b.high;
  swl_pair rest = swl_add(a, swl_negate(swl_multiply((swl_pair){q, 0}, b)));
  return swl_quick_sum(q, rest.high / b.high);
}

static inline swl_pair swl_single(double a) { return (swl_pair){a, 0}; }

/// 2^n for n in -1022...1023.
static inline double swl_power_of_two(int n) {
  uint64_t bits = (uint64_t)(n + 1023) << 52;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// e^r - 1 for |r| <= 0.35, with small relative error.
swl_pair swl_expm1_kernel(swl_pair r);
/// ln x for finite x > 0.
swl_pair swl_log_pair(double x);

#endif
