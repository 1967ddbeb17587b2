// Rows of weights against a few rows of x: the matrix is read once, as it lies, and nothing is packed.
// Every result is one chain of W lanes along k and one fixed sum over the lanes, whatever tile it is computed in,
// so a row of the result does not depend on how many rows there are. Measured: one row of x against 16-bit weights is
// quickest as a single stream through memory with our own prefetching some pages' lines ahead (0.95 to 1.0 of plain
// reading; four rows side by side: 0.85); rows of f32 are read at full speed side by side, and lose by prefetching.
#pragma once
#include "vector.h"

enum { dot_columns = 4, dot_rows = MANY_REGISTERS ? 6 : 2 };

/// y[i, 0..<4] for `rows` rows of x and four rows of w.
INLINE void dot_tile(const int rows, const ork_type type, const float *x, int64_t ldx, const char *w, int64_t ldw,
                     const float *bias, float *y, int64_t ldy, int64_t k, float alpha) {
  vf sum[dot_rows][dot_columns] = {0};
  int64_t p = 0;
  for (; p + W <= k; p += W) {
    vf v[dot_columns];
    for (int j = 0; j < dot_columns; j++) v[j] = wload(w + j * ldw, type, p);
    for (int i = 0; i < rows; i++) {
      vf u = vload(x + i * ldx + p);
      for (int j = 0; j < dot_columns; j++) sum[i][j] = fma_(u, v[j], sum[i][j]);
    }
  }
  if (p < k) {
    vf v[dot_columns];
    for (int j = 0; j < dot_columns; j++) v[j] = wload_n(w + j * ldw, type, p, k - p);
    for (int i = 0; i < rows; i++) {
      vf u = vload_n(x + i * ldx + p, k - p);
      for (int j = 0; j < dot_columns; j++) sum[i][j] = fma_(u, v[j], sum[i][j]);
    }
  }
  v4 b = 0;
  if (bias) memcpy(&b, bias, sizeof b);
  for (int i = 0; i < rows; i++) {
    v4 r = vsum4(sum[i][0], sum[i][1], sum[i][2], sum[i][3]) * alpha + b;
    memcpy(y + i * ldy, &r, sizeof r);
  }
}

/// y[0..<4] for one row of x and four rows of w, one after the other: the sums of `dot_tile`, in the order of memory.
INLINE void dot_stream(const ork_type type, const float *x, const char *w, int64_t ldw, const float *bias, float *y, int64_t k,
                       float alpha) {
  vf sum[dot_columns] = {0};
  for (int j = 0; j < dot_columns; j++) {
    const char *row = w + j * ldw;
    int64_t p = 0;
    for (; p + 2 * W <= k; p += 2 * W) {
      __builtin_prefetch(row + 2 * p + 4096, 0, 3);
      sum[j] = fma_(vload(x + p), wload(row, type, p), sum[j]);
      sum[j] = fma_(vload(x + p + W), wload(row, type, p + W), sum[j]);
    }
    for (; p + W <= k; p += W) sum[j] = fma_(vload(x + p), wload(row, type, p), sum[j]);
    if (p < k) sum[j] = fma_(vload_n(x + p, k - p), wload_n(row, type, p, k - p), sum[j]);
  }
  v4 b = 0;
  if (bias) memcpy(&b, bias, sizeof b);
  v4 r = vsum4(sum[0], sum[1], sum[2], sum[3]) * alpha + b;
  memcpy(y, &r, sizeof r);
}

INLINE float dot_one(const ork_type type, const float *x, const char *w, int64_t k) {
  vf sum = 0;
  int64_t p = 0;
  for (; p + W <= k; p += W) sum = fma_(vload(x + p), wload(w, type, p), sum);
  if (p < k) sum = fma_(vload_n(x + p, k - p), wload_n(w, type, p, k - p), sum);
  return vsum(sum);
}

INLINE void dots_typed(const ork_type type, const float *x, int64_t ldx, const char *w, int64_t ldw, const float *bias,
                       float *y, int64_t ldy, int64_t m, int64_t n, int64_t k, float alpha) {
  int64_t j = 0;
  ldw *= ork_bytes(type);
  for (; j + dot_columns <= n; j += dot_columns) {
    const char *rows = w + j * ldw;
    const float *b = bias ? bias + j : NULL;
    if (m == 1 && type != ORK_F32) {
      dot_stream(type, x, rows, ldw, b, y + j, k, alpha);
      continue;
    }
    int64_t i = 0;
#define TILE(r) dot_tile(r, type, x + i * ldx, ldx, rows, ldw, b, y + i * ldy + j, ldy, k, alpha)
    for (; i + dot_rows <= m; i += dot_rows) TILE(dot_rows);
    switch (m - i) {
#if MANY_REGISTERS
      case 5: TILE(5); break;
      case 4: TILE(4); break;
      case 3: TILE(3); break;
      case 2: TILE(2); break;
#endif
      case 1: TILE(1); break;
    }
#undef TILE
  }
  for (; j < n; j++)
    for (int64_t i = 0; i < m; i++)
      y[i * ldy + j] = dot_one(type, x + i * ldx, w + j * ldw, k) * alpha + (bias ? bias[j] : 0.0f);
}

/// y = alpha·x·wᵀ + bias
static void dots(ork_type type, const float *x, int64_t ldx, const void *w, int64_t ldw, const float *bias,
                 float *y, int64_t ldy, int64_t m, int64_t n, int64_t k, float alpha) {
  if (type == ORK_F32) dots_typed(ORK_F32, x, ldx, w, ldw, bias, y, ldy, m, n, k, alpha);
  else if (type == ORK_F16) dots_typed(ORK_F16, x, ldx, w, ldw, bias, y, ldy, m, n, k, alpha);
  else dots_typed(ORK_BF16, x, ldx, w, ldw, bias, y, ldy, m, n, k, alpha);
}
