// The way back through functions of a number and through rows: slopes, softmax and the norms.
#pragma once
#include "functions.h"
#include "rows.h"

/// The derivative at x.
INLINE vf vslope(ork_unary_op op, vf x) {
  switch (op) {
    case ORK_NEG: return vset(-1.0f);
    case ORK_EXP: return vexp(x);
    case ORK_LOG: return 1.0f / x;
    case ORK_SQRT: return 0.5f / vsqrt(x);
    case ORK_RSQRT: return -0.5f / (x * vsqrt(x));
    case ORK_SQUARE: return 2.0f * x;
    case ORK_ABS: case ORK_SIGN: case ORK_FLOOR: {
      if (op != ORK_ABS) return vset(0.0f);
      return x > 0.0f ? vset(1.0f) : x < 0.0f ? vset(-1.0f) : x;
    }
    case ORK_RECIPROCAL: return -1.0f / (x * x);
    case ORK_TANH: { vf t = vtanh(x); return 1.0f - t * t; }
    case ORK_SIGMOID: { vf s = vsigmoid(x); return s * (1.0f - s); }
    case ORK_RELU: return x > 0.0f ? vset(1.0f) : vset(0.0f);
    case ORK_GELU: return 0.5f * (1.0f + verf(x * 0.70710678f)) + x * 0.39894228f * vexp(-0.5f * x * x);
    case ORK_GELU_TANH: {
      vf square = x * x, t = vtanh(0.79788456f * x * (1.0f + 0.044715f * square));
      return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * 0.79788456f * (1.0f + 0.134145f * square);
    }
    case ORK_SILU: { vf s = vsigmoid(x); return s * (1.0f + x * (1.0f - s)); }
    case ORK_SOFTPLUS: return vsigmoid(x);
    case ORK_ERF: return 1.12837917f * vexp(-x * x);
    case ORK_SIN: return vsine(x, 1);
    case ORK_COS: return -vsine(x, 0);
    case ORK_QUICK_GELU: { vf s = vsigmoid(1.702f * x); return s * (1.0f + 1.702f * x * (1.0f - s)); }
    case ORK_LOG1P: return 1.0f / (1.0f + x);
    case ORK_EXPM1: return vexp(x);
    case ORK_RELU_SQUARED: return x > 0.0f ? 2.0f * x : vset(0.0f);
    case ORK_ELU: return x < 0.0f ? vexp(x) : vset(1.0f);
  }
  return x;
}

INLINE void slope_loop(ork_unary_op op, const float *x, const float *g, float *dx, int64_t n) {
  int64_t i = 0;
  for (; i + W <= n; i += W) vstore(dx + i, vslope(op, vload(x + i)) * vload(g + i));
  if (i < n) vstore_n(dx + i, vslope(op, vload_n(x + i, n - i)) * vload_n(g + i, n - i), n - i);
}

static void slope_run(ork_unary_op op, const float *x, const float *g, float *dx, int64_t n) {
#define ONE(o) case o: slope_loop(o, x, g, dx, n); return;
  switch (op) { EVERY_UNARY(ONE) }
#undef ONE
}

INLINE void gated_slope_loop(ork_unary_op op, const float *gate, const float *up, const float *g, float *dgate, float *dup, int64_t n) {
  for (int64_t i = 0; i < n; i += W) {
    const int64_t left = n - i;
    vf a = vload_some(gate + i, left), u = vload_some(up + i, left), d = vload_some(g + i, left);
    vstore_some(dup + i, vunary(op, a) * d, left);
    vstore_some(dgate + i, vslope(op, a) * u * d, left);
  }
}

static void gated_slope_run(ork_unary_op op, const float *gate, const float *up, const float *g, float *dgate, float *dup, int64_t n) {
#define ONE(o) case o: gated_slope_loop(o, gate, up, g, dgate, dup, n); return;
  switch (op) { EVERY_UNARY(ONE) }
#undef ONE
}

/// Σ a·b
INLINE float row_product(const float *a, const float *b, int64_t n) {
  vf s[strands] = {0};
  int64_t i = 0;
  for (; i + strands * W <= n; i += strands * W)
    for (int u = 0; u < strands; u++) s[u] = fma_(vload(a + i + u * W), vload(b + i + u * W), s[u]);
  for (; i < n; i += W) s[0] = fma_(vload_some(a + i, n - i), vload_some(b + i, n - i), s[0]);
  return joined_sum(s);
}

/// dx = y·(g − Σ g·y); of the logarithm: g − e^y·Σ g
static void softmax_back_row(const float *y, const float *g, float *dx, int64_t n, int logarithm) {
  const float sum = logarithm ? row_sum(g, n) : row_product(g, y, n);
  for (int64_t i = 0; i < n; i += W) {
    vf p = vload_some(y + i, n - i), d = vload_some(g + i, n - i);
    vstore_some(dx + i, logarithm ? d - vexp(p) * sum : p * (d - sum), n - i);
  }
}

/// RMS and layer norm: x̂ = (x − mean)·s, dx = s·(ĝ − mean ĝ − x̂·mean(ĝ·x̂)) with ĝ = g·gain (without the means of x and ĝ for RMS).
/// dgain and dbias (may be NULL) are added to.
static void norm_back_row(const float *x, const float *gain, const float *g, float *dx, float *dgain, float *dbias, int64_t n, float eps, int centred) {
  const float mean = centred ? row_sum(x, n) / (float)n : 0;
  const float s = 1 / sqrtf(row_squares(x, n, mean) / (float)n + eps);
  vf sum = 0, product = 0;
  for (int64_t i = 0; i < n; i += W) {
    const int64_t left = n - i;
    vf d = vload_some(g + i, left), normal = vfirst((vload_some(x + i, left) - mean) * s, left, 0);
    if (dgain) vstore_some(dgain + i, vload_some(dgain + i, left) + d * normal, left);
    if (dbias) vstore_some(dbias + i, vload_some(dbias + i, left) + d, left);
    if (gain) d *= vload_some(gain + i, left);
    sum += d;
    product = fma_(d, normal, product);
  }
  const float shift = centred ? vsum(sum) / (float)n : 0, along = vsum(product) / (float)n;
  if (dx) for (int64_t i = 0; i < n; i += W) {
    const int64_t left = n - i;
    vf d = vload_some(g + i, left), normal = (vload_some(x + i, left) - mean) * s;
    if (gain) d *= vload_some(gain + i, left);
    vstore_some(dx + i, s * (d - shift - normal * along), left);
  }
}

/// y += x
static void add_row(const float *x, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i += W) vstore_some(y + i, vload_some(y + i, n - i) + vload_some(x + i, n - i), n - i);
}
