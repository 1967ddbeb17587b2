// Runs of numbers: one function a number, two operands a number, a gate times a value, and the change of format.
#pragma once
#include "functions.h"

INLINE vf vunary(ork_unary_op op, vf x) {
  switch (op) {
    case ORK_NEG: return -x;
    case ORK_EXP: return vexp(x);
    case ORK_LOG: return vlog(x);
    case ORK_SQRT: return vsqrt(x);
    case ORK_RSQRT: return 1.0f / vsqrt(x);
    case ORK_SQUARE: return x * x;
    case ORK_ABS: return vabs(x);
    case ORK_RECIPROCAL: return 1.0f / x;
    case ORK_TANH: return vtanh(x);
    case ORK_SIGMOID: return vsigmoid(x);
    case ORK_RELU: return x < 0.0f ? vset(0.0f) : x;
    case ORK_GELU: return vgelu(x);
    case ORK_GELU_TANH: return vgelu_tanh(x);
    case ORK_SILU: return vswish(x, 1.0f);
    case ORK_SOFTPLUS: return vsoftplus(x);
    case ORK_ERF: return verf(x);
    case ORK_SIN: return vsine(x, 0);
    case ORK_COS: return vsine(x, 1);
    case ORK_SIGN: return x > 0.0f ? vset(1.0f) : x < 0.0f ? vset(-1.0f) : x;
    case ORK_FLOOR: return vfloor(x);
    case ORK_QUICK_GELU: return vswish(x, 1.702f);
    case ORK_LOG1P: return vlog1p(x);
    case ORK_EXPM1: return vexpm1(x);
    case ORK_RELU_SQUARED: return x < 0.0f ? vset(0.0f) : x * x;
    case ORK_ELU: return x < 0.0f ? vexpm1(x) : x;
  }
  return x;
}

INLINE vf vbinary(ork_binary_op op, vf a, vf b) {
  switch (op) {
    case ORK_ADD: return a + b;
    case ORK_SUB: return a - b;
    case ORK_MUL: return a * b;
    case ORK_DIV: return a / b;
    case ORK_MAXIMUM: return ((a > b) | (a != a)) ? a : b;
    case ORK_MINIMUM: return ((a < b) | (a != a)) ? a : b;
    case ORK_POW: for (int i = 0; i < W; i++) a[i] = powf(a[i], b[i]); return a;
    case ORK_LESS: return a < b ? vset(1.0f) : vset(0.0f);
    case ORK_LESS_EQUAL: return a <= b ? vset(1.0f) : vset(0.0f);
    case ORK_EQUAL: return a == b ? vset(1.0f) : vset(0.0f);
  }
  return a;
}

// The switch stands outside of the loop: every case gets a loop of its own.
#define EVERY_UNARY(_) _(ORK_NEG) _(ORK_EXP) _(ORK_LOG) _(ORK_SQRT) _(ORK_RSQRT) _(ORK_SQUARE) _(ORK_ABS) _(ORK_RECIPROCAL) \
  _(ORK_TANH) _(ORK_SIGMOID) _(ORK_RELU) _(ORK_GELU) _(ORK_GELU_TANH) _(ORK_SILU) _(ORK_SOFTPLUS) _(ORK_ERF) _(ORK_SIN) \
  _(ORK_COS) _(ORK_SIGN) _(ORK_FLOOR) _(ORK_QUICK_GELU) _(ORK_LOG1P) _(ORK_EXPM1) _(ORK_RELU_SQUARED) _(ORK_ELU)
#define EVERY_BINARY(_) _(ORK_ADD) _(ORK_SUB) _(ORK_MUL) _(ORK_DIV) _(ORK_MAXIMUM) _(ORK_MINIMUM) _(ORK_POW) _(ORK_LESS) \
  _(ORK_LESS_EQUAL) _(ORK_EQUAL)

INLINE void unary_loop(ork_unary_op op, const float *x, float *y, int64_t n) {
  int64_t i = 0;
  for (; i + W <= n; i += W) vstore(y + i, vunary(op, vload(x + i)));
  if (i < n) vstore_n(y + i, vunary(op, vload_n(x + i, n - i)), n - i);
}

static void unary_run(ork_unary_op op, const float *x, float *y, int64_t n) {
#define ONE(o) case o: unary_loop(o, x, y, n); return;
  switch (op) { EVERY_UNARY(ONE) }
#undef ONE
}

INLINE void gated_loop(ork_unary_op op, const float *gate, const float *up, float *y, int64_t n) {
  int64_t i = 0;
  for (; i + W <= n; i += W) vstore(y + i, vunary(op, vload(gate + i)) * vload(up + i));
  if (i < n) vstore_n(y + i, vunary(op, vload_n(gate + i, n - i)) * vload_n(up + i, n - i), n - i);
}

static void gated_run(ork_unary_op op, const float *gate, const float *up, float *y, int64_t n) {
#define ONE(o) case o: gated_loop(o, gate, up, y, n); return;
  switch (op) { EVERY_UNARY(ONE) }
#undef ONE
}

/// Strides sa, sb of the run: 1 (a run of numbers) or 0 (one number for all).
INLINE void binary_loop(ork_binary_op op, const float *a, int sa, const float *b, int sb, float *y, int64_t n) {
  const vf a0 = vset(a[0]), b0 = vset(b[0]);
  int64_t i = 0;
  for (; i + W <= n; i += W) vstore(y + i, vbinary(op, sa ? vload(a + i) : a0, sb ? vload(b + i) : b0));
  if (i < n) vstore_n(y + i, vbinary(op, sa ? vload_n(a + i, n - i) : a0, sb ? vload_n(b + i, n - i) : b0), n - i);
}

static void binary_run(ork_binary_op op, const float *a, int sa, const float *b, int sb, float *y, int64_t n) {
  if (n <= 0) return;
#define ONE(o) case o: \
  if (sa && sb) binary_loop(o, a, 1, b, 1, y, n); \
  else if (sa) binary_loop(o, a, 1, b, 0, y, n); \
  else if (sb) binary_loop(o, a, 0, b, 1, y, n); \
  else binary_loop(o, a, 0, b, 0, y, n); \
  return;
  switch (op) { EVERY_BINARY(ONE) }
#undef ONE
}

static void widen_run(ork_type type, const void *x, float *y, int64_t n) {
  int64_t i = 0;
  if (type == ORK_F16) for (; i + W <= n; i += W) vstore(y + i, wload(x, ORK_F16, i));
  else for (; i + W <= n; i += W) vstore(y + i, wload(x, ORK_BF16, i));
  if (i < n) vstore_n(y + i, type == ORK_F16 ? wload_n(x, ORK_F16, i, n - i) : wload_n(x, ORK_BF16, i, n - i), n - i);
}

static void narrow_run(ork_type type, const float *x, uint16_t *y, int64_t n) {
  int64_t i = 0;
  if (type == ORK_BF16) {
    for (; i + W <= n; i += W) {
      vf v = vload(x + i);
      vu u = (vu)v;
      vu rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16, quiet = (u >> 16) | 0x40;
      vh h = __builtin_convertvector(v != v ? quiet : rounded, vh);
      memcpy(y + i, &h, sizeof h);
    }
    for (; i < n; i++) y[i] = ork_to_bf16(x[i]);
    return;
  }
#if ORK_LEVEL == 2
  for (; i + W <= n; i += W) {
    __m256i h = _mm512_cvtps_ph((__m512)vload(x + i), _MM_FROUND_TO_NEAREST_INT);
    memcpy(y + i, &h, sizeof h);
  }
#elif ORK_LEVEL == 1
  for (; i + W <= n; i += W) {
    __m128i h = _mm256_cvtps_ph((__m256)vload(x + i), _MM_FROUND_TO_NEAREST_INT);
    memcpy(y + i, &h, sizeof h);
  }
#endif
  for (; i < n; i++) y[i] = ork_to_f16(x[i]);
}
