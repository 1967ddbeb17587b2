// The packed product (Goto & van de Geijn 2008): a is laid out in panels of `left` rows, b in panels of `right` columns,
// and an inner kernel keeps a left × right tile of the result in registers. Every result is one chain of
// multiply-adds in the order of k, whatever the tile, the block or the thread.
#pragma once
#include "vector.h"

enum { left = MANY_REGISTERS ? 12 : 6, right = 2 * W };

/// c[0..<rows, 0..<cols] (+)= a·b over `steps` of k. a[i, p] = a[i·a_row + p·a_step], b[p, j] = b[p·ldb + j].
/// first: c is not read; last: alpha and bias are applied.
INLINE void panel_tile(const int rows, const float *a, const int64_t a_row, const int64_t a_step, const float *b, int64_t ldb,
                       float *c, int64_t ldc, int64_t cols, int64_t steps, int first, int last, float alpha, const float *bias) {
  vf s[left][2];
  const int64_t more = ork_max(0, cols - W);
  for (int i = 0; i < rows; i++)
    for (int h = 0; h < 2; h++)
      s[i][h] = first ? (vf)0 : cols == right ? vload(c + i * ldc + h * W)
              : h == 0 ? vload_some(c + i * ldc, cols) : vload_n(c + i * ldc + W, more);
  for (int64_t p = 0; p < steps; p++) {
    vf b0 = vload(b), b1 = vload(b + W);
    for (int i = 0; i < rows; i++) {
      vf v = vset(a[i * a_row]);
      s[i][0] = fma_(v, b0, s[i][0]);
      s[i][1] = fma_(v, b1, s[i][1]);
    }
    a += a_step;
    b += ldb;
  }
  if (last) {
    vf b0 = 0, b1 = 0;
    if (bias) { b0 = vload_some(bias, cols); b1 = more ? vload_some(bias + W, more) : (vf)0; }
    for (int i = 0; i < rows; i++) { s[i][0] = s[i][0] * alpha + b0; s[i][1] = s[i][1] * alpha + b1; }
  }
  for (int i = 0; i < rows; i++) {
    if (cols == right) {
      vstore(c + i * ldc, s[i][0]);
      vstore(c + i * ldc + W, s[i][1]);
    } else {
      vstore_some(c + i * ldc, s[i][0], cols);
      if (more) vstore_n(c + i * ldc + W, s[i][1], more);
    }
  }
}

/// All panels of a against one panel of b. a is packed: panel after panel, [steps, rows of the panel] each.
static void panel_multiply(const float *a, int64_t m, int64_t steps, const float *b, int64_t ldb, float *c, int64_t ldc,
                           int64_t cols, int first, int last, float alpha, const float *bias) {
  int64_t i = 0;
#define TILE(r) panel_tile(r, a + i * steps, 1, r, b, ldb, c + i * ldc, ldc, cols, steps, first, last, alpha, bias)
  for (; i + left <= m; i += left) TILE(left);
  switch (m - i) {
#if MANY_REGISTERS
    case 11: TILE(11); break;
    case 10: TILE(10); break;
    case 9: TILE(9); break;
    case 8: TILE(8); break;
    case 7: TILE(7); break;
    case 6: TILE(6); break;
#endif
    case 5: TILE(5); break;
    case 4: TILE(4); break;
    case 3: TILE(3); break;
    case 2: TILE(2); break;
    case 1: TILE(1); break;
  }
#undef TILE
}

INLINE v4 load4(const void *p, ork_type type, int64_t index) {
  if (type == ORK_F32) { v4 v; memcpy(&v, (const char *)p + 4 * index, sizeof v); return v; }
  h4 h;
  memcpy(&h, (const char *)p + 2 * index, sizeof h);
  if (type == ORK_BF16) return (v4)(__builtin_convertvector(h, u4) << 16);
  u4 u = __builtin_convertvector(h, u4), rest = (u & 0x7fff) << 13;
  u4 special = (u & 0x7c00) == 0x7c00 ? rest | 0x7f800000u : (u4)((v4)rest * 0x1p112f);
  return (v4)(special | (u & 0x8000) << 16);
}

/// Four rows of four become four columns.
#define TURN4(a, b, c, d) do { \
  v4 t0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), t1 = __builtin_shufflevector(a, b, 2, 6, 3, 7); \
  v4 t2 = __builtin_shufflevector(c, d, 0, 4, 1, 5), t3 = __builtin_shufflevector(c, d, 2, 6, 3, 7); \
  a = __builtin_shufflevector(t0, t2, 0, 1, 4, 5); b = __builtin_shufflevector(t0, t2, 2, 3, 6, 7); \
  c = __builtin_shufflevector(t1, t3, 0, 1, 4, 5); d = __builtin_shufflevector(t1, t3, 2, 3, 6, 7); } while (0)

/// out[p·width + j] = x[j·row + p] for j < rows: rows that are contiguous along p are turned, four by four.
INLINE void pack_turned(const ork_type type, const void *x, int64_t row, int64_t rows, int64_t steps, float *out, int64_t width) {
  int64_t j = 0;
  for (; j + 4 <= rows; j += 4) {
    const char *q = (const char *)x + j * row * ork_bytes(type);
    int64_t p = 0;
    for (; p + 4 <= steps; p += 4) {
      v4 a = load4(q, type, p), b = load4(q, type, row + p), c = load4(q, type, 2 * row + p), d = load4(q, type, 3 * row + p);
      TURN4(a, b, c, d);
      float *o = out + p * width + j;
      memcpy(o, &a, 16); memcpy(o + width, &b, 16); memcpy(o + 2 * width, &c, 16); memcpy(o + 3 * width, &d, 16);
    }
    for (; p < steps; p++) for (int64_t l = 0; l < 4; l++) out[p * width + j + l] = ork_load(q, type, l * row + p);
  }
  for (; j < rows; j++) for (int64_t p = 0; p < steps; p++) out[p * width + j] = ork_load(x, type, j * row + p);
}

INLINE void pack_strided(const ork_type type, const void *x, int64_t row, int64_t step, int64_t rows, int64_t steps, float *out, int64_t width) {
  if (step == 1) { pack_turned(type, x, row, rows, steps, out, width); return; }
  if (row == 1 && type == ORK_F32) {                     // rows lie side by side: a few registers for each step
    const float *from = x;
    for (int64_t p = 0; p < steps; p++)
      for (int64_t j = 0; j < rows; j += W) vstore_some(out + p * width + j, vload_some(from + p * step + j, rows - j), rows - j);
    return;
  }
  for (int64_t p = 0; p < steps; p++) {
    if (row == 1 && rows == width && width % W == 0)
      for (int64_t j = 0; j < width; j += W) vstore(out + p * width + j, wload(x, type, p * step + j));
    else for (int64_t j = 0; j < rows; j++) out[p * width + j] = ork_load(x, type, j * row + p * step);
  }
}

/// Packs m rows of a: element (i, p) is a[i·row + p·step].
static void panel_pack_left(const float *a, int64_t row, int64_t step, int64_t m, int64_t steps, float *out) {
  for (int64_t i = 0; i < m; i += left) {
    const int64_t rows = ork_min(left, m - i);
    pack_strided(ORK_F32, a + i * row, row, step, rows, steps, out + i * steps, rows);
  }
}

/// Packs one panel of b: element (p, j) is b[p·row + j·col]; columns that are not there are zero.
static void panel_pack_right(const void *b, ork_type type, int64_t row, int64_t col, int64_t cols, int64_t steps, float *out) {
  if (cols < right) memset(out, 0, (size_t)(steps * right) * 4);
  if (type == ORK_F32) pack_strided(ORK_F32, b, col, row, cols, steps, out, right);
  else if (type == ORK_F16) pack_strided(ORK_F16, b, col, row, cols, steps, out, right);
  else pack_strided(ORK_BF16, b, col, row, cols, steps, out, right);
}
