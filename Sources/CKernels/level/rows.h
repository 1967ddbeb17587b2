// One row at a time: softmax, norms, reductions, rotation. Four running sums a row, so that long rows lose few digits.
#pragma once
#include "functions.h"

enum { strands = 4 };

INLINE float joined_sum(const vf *s) { return vsum((s[0] + s[1]) + (s[2] + s[3])); }

static float row_sum(const float *x, int64_t n) {
  vf s[strands] = {0};
  int64_t i = 0;
  for (; i + strands * W <= n; i += strands * W) for (int u = 0; u < strands; u++) s[u] += vload(x + i + u * W);
  for (; i < n; i += W) s[0] += vload_some(x + i, n - i);
  return joined_sum(s);
}

/// Σ (x − centre)²
static float row_squares(const float *x, int64_t n, float centre) {
  vf s[strands] = {0};
  int64_t i = 0;
  for (; i + strands * W <= n; i += strands * W)
    for (int u = 0; u < strands; u++) { vf d = vload(x + i + u * W) - centre; s[u] = fma_(d, d, s[u]); }
  for (; i < n; i += W) { vf d = vfirst(vload_some(x + i, n - i) - centre, n - i, 0); s[0] = fma_(d, d, s[0]); }
  return joined_sum(s);
}

/// The largest (sign = 1) or the negated smallest (sign = −1); NaN if there is one.
static float row_largest(const float *x, int64_t n, float sign) {
  vf most[2] = {vset(-INFINITY), vset(-INFINITY)};
  vi odd = 0;
  int64_t i = 0;
  for (; i + 2 * W <= n; i += 2 * W)
    for (int u = 0; u < 2; u++) { vf v = vload(x + i + u * W) * sign; odd |= v != v; most[u] = vmax(v, most[u]); }
  for (; i < n; i += W) {
    vf v = vfirst(vload_some(x + i, n - i) * sign, n - i, -INFINITY);
    odd |= v != v;
    most[0] = vmax(v, most[0]);
  }
  for (int l = 0; l < W; l++) if (odd[l]) return NAN;
  return vlargest(vmax(most[0], most[1]));
}

static int64_t row_first_largest(const float *x, int64_t n) {
  if (n <= 0) return 0;
  const float most = row_largest(x, n, 1);
  for (int64_t i = 0; i < n; i++) if (x[i] == most || (most != most && x[i] != x[i])) return i;
  return 0;
}

static float reduce_row(ork_reduction r, const float *x, int64_t n) {
  switch (r) {
    case ORK_SUM: return row_sum(x, n);
    case ORK_MAX: return row_largest(x, n, 1);
    case ORK_MIN: return -row_largest(x, n, -1);
    case ORK_ARGMAX: return (float)row_first_largest(x, n);
    case ORK_SUM_SQUARES: return row_squares(x, n, 0);
  }
  return 0;
}

/// y = e^(x − most) and the sum of it. `y` NULL: the sum only.
INLINE float row_exponentials(const float *x, float *y, int64_t n, float most) {
  vf s[2] = {0};
  int64_t i = 0;
  for (; i + 2 * W <= n; i += 2 * W)
    for (int u = 0; u < 2; u++) {
      vf e = vexp(vload(x + i + u * W) - most);
      if (y) vstore(y + i + u * W, e);
      s[u] += e;
    }
  for (; i < n; i += W) {
    vf e = vfirst(vexp(vload_some(x + i, n - i) - most), n - i, 0);
    if (y) vstore_some(y + i, e, n - i);
    s[0] += e;
  }
  return vsum(s[0] + s[1]);
}

/// y = x·factor + shift
INLINE void row_line(const float *x, float *y, int64_t n, float factor, float shift) {
  for (int64_t i = 0; i < n; i += W) vstore_some(y + i, vload_some(x + i, n - i) * factor + shift, n - i);
}

static void softmax_row(const float *x, float *y, int64_t n) {
  float most = row_largest(x, n, 1);
  if (most == -INFINITY) { for (int64_t i = 0; i < n; i++) y[i] = 0; return; }
  float sum = row_exponentials(x, y, n, most);
  row_line(y, y, n, 1 / sum, 0);
}

static void log_softmax_row(const float *x, float *y, int64_t n) {
  float most = row_largest(x, n, 1);
  if (most == -INFINITY) { for (int64_t i = 0; i < n; i++) y[i] = -INFINITY; return; }
  float sum = row_exponentials(x, NULL, n, most), lost = logf(sum);
  for (int64_t i = 0; i < n; i += W) vstore_some(y + i, (vload_some(x + i, n - i) - most) - lost, n - i);
}

static void rms_norm_row(const float *x, const float *gain, float *y, int64_t n, float eps) {
  const float s = 1 / sqrtf(row_squares(x, n, 0) / (float)n + eps);
  for (int64_t i = 0; i < n; i += W) {
    vf v = vload_some(x + i, n - i) * s;
    vstore_some(y + i, gain ? v * vload_some(gain + i, n - i) : v, n - i);
  }
}

static void layer_norm_row(const float *x, const float *gain, const float *bias, float *y, int64_t n, float eps) {
  const float mean = row_sum(x, n) / (float)n;
  const float s = 1 / sqrtf(row_squares(x, n, mean) / (float)n + eps);
  for (int64_t i = 0; i < n; i += W) {
    vf v = (vload_some(x + i, n - i) - mean) * s;
    if (gain) v *= vload_some(gain + i, n - i);
    if (bias) v += vload_some(bias + i, n - i);
    vstore_some(y + i, v, n - i);
  }
}

static void rotate_row(const float *x, float *y, int64_t width, int64_t rotary, int half, const float *c, const float *s) {
  const int64_t pairs = rotary / 2;
  if (half) for (int64_t i = 0; i < pairs; i += W) {
    const int64_t n = pairs - i;
    vf a = vload_some(x + i, n), b = vload_some(x + pairs + i, n), co = vload_some(c + i, n), si = vload_some(s + i, n);
    vstore_some(y + i, a * co - b * si, n);
    vstore_some(y + pairs + i, b * co + a * si, n);
  }
  else for (int64_t i = 0; i < pairs; i++) {
    float a = x[2 * i], b = x[2 * i + 1];
    y[2 * i] = a * c[i] - b * s[i];
    y[2 * i + 1] = b * c[i] + a * s[i];
  }
  memcpy(y + rotary, x + rotary, (size_t)(width - rotary) * 4);
}
