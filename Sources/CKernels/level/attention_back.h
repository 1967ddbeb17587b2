// The way back through attention: a tile of rows at a time, its pattern computed again (Dao et al. 2022). One group of one sequence is one problem,
// whose keys and values gather what all of its query heads give them, in the order of the rows.
#pragma once
#include "attention.h"

enum { back_rows = 24 };

/// c[0..<m, 0..<columns] (+)= alpha·a·b with any strides of a; b and c have rows of whole panels.
static void strided_multiply(const float *a, int64_t a_row, int64_t a_step, int64_t m, const float *b, int64_t ldb, float *c, int64_t ldc,
                             int64_t columns, int64_t steps, int first, float alpha) {
  for (int64_t d = 0; d < columns; d += right) {
#define TILE(r) panel_tile(r, a + i * a_row, a_row, a_step, b + d, ldb, c + i * ldc + d, ldc, right, steps, first, first, alpha, NULL)
    int64_t i = 0;
    for (; i + left <= m; i += left) TILE(left);
    for (; i + 4 <= m; i += 4) TILE(4);
    for (; i < m; i++) TILE(1);
#undef TILE
  }
}

static inline int64_t whole_panels(int64_t n) { return ork_ceil_div(n, right) * right; }

/// n rows of `width` numbers, `row` apart, in front of zeros.
static void widened(const float *x, int64_t row, int64_t n, int64_t width, float *y, int64_t wide) {
  for (int64_t i = 0; i < n; i++) {
    memcpy(y + i * wide, x + i * row, (size_t)width * 4);
    memset(y + i * wide + width, 0, (size_t)(wide - width) * 4);
  }
}

static int attend_back(const ork_attention_shape *a, const ork_attention_gradient *d, int64_t b, int64_t g, ork_stop stop) {
  const int64_t r = a->heads / a->groups, all = a->queries * r, width = a->width, deep = a->value_width, keys = a->keys;
  const int64_t wide = whole_panels(width), wide_v = whole_panels(deep), line = whole_panels(keys);
  enum { parts = 12 };
  const int64_t sizes[parts] = {line * width, line * deep, line * wide, line * wide, line * wide_v,               // kᵀ, vᵀ in panels; k, dk, dv
                                back_rows * width, back_rows * wide, back_rows * deep, back_rows * wide_v,        // q and g, packed and wide
                                back_rows * line, back_rows * line, back_rows * wide};                            // pattern, its gradient; dq
  int64_t total = 0;
  float *room[parts];
  for (int i = 0; i < parts; i++) total += (sizes[i] + 15) / 16 * 16;
  float *memory = ork_scratch(ork_slot_attention, total);
  for (int i = 0; i < parts; i++) { room[i] = memory; memory += (sizes[i] + 15) / 16 * 16; }
  float *kt = room[0], *vt = room[1], *k = room[2], *dk = room[3], *dv = room[4], *q = room[5], *q_wide = room[6], *o = room[7], *o_wide = room[8];
  float *p = room[9], *dp = room[10], *dq = room[11];
  const float *kb = a->k + b * a->k_batch + g * a->k_group, *vb = a->v + b * a->v_batch + g * a->v_group;
  for (int64_t j = 0; j < keys; j += right) {
    panel_pack_right(kb + j * a->k_row, ORK_F32, 1, a->k_row, ork_min(right, keys - j), width, kt + j * width);
    panel_pack_right(vb + j * a->v_row, ORK_F32, 1, a->v_row, ork_min(right, keys - j), deep, vt + j * deep);
  }
  widened(kb, a->k_row, keys, width, k, wide);
  memset(k + keys * wide, 0, (size_t)((line - keys) * wide) * 4);
  memset(dk, 0, (size_t)(line * wide) * 4);
  memset(dv, 0, (size_t)(line * wide_v) * 4);
  if (d->sinks) for (int64_t h = 0; h < r; h++) d->sinks[b * a->heads + g * r + h] = 0;
  for (int64_t begin = 0; begin < all; begin += back_rows) {
    if (ork_stopped(stop)) return 1;
    const int64_t rows = ork_min(back_rows, all - begin);
    attention_row row[back_rows];
    const float *out[back_rows];
    int64_t from = keys, to = 0;
    for (int64_t i = 0; i < rows; i++) {
      const int64_t at = begin + i, head = g * r + at % r;
      row[i] = attention_row_at(a, b, g, at);
      out[i] = d->out + ((b * a->queries + at / r) * a->heads + head) * deep;
      from = ork_min(from, row[i].first);
      to = ork_max(to, row[i].last);
      const int64_t tile = i / left * left, high = ork_min(left, rows - tile);
      for (int64_t c = 0; c < width; c++) q[tile * width + c * high + (i - tile)] = row[i].q[c];
      for (int64_t c = 0; c < deep; c++) o[tile * deep + c * high + (i - tile)] = out[i][c];
      widened(row[i].q, 0, 1, width, q_wide + i * wide, wide);
      widened(out[i], 0, 1, deep, o_wide + i * wide_v, wide_v);
    }
    from = ork_max(0, ork_min(from, to)) / right * right;
    const int64_t span = ork_max(0, to - from);
    for (int64_t j = from; j < to; j += right) {
      panel_multiply(q, rows, width, kt + j * width, right, p + j, line, right, 1, 1, a->scale, NULL);
      panel_multiply(o, rows, deep, vt + j * deep, right, dp + j, line, right, 1, 1, 1, NULL);
    }
    for (int64_t i = 0; i < rows; i++) {
      float *s = p + i * line, *ds = dp + i * line;
      const int64_t first = ork_max(0, row[i].first), n = row[i].last - first;
      float along = 0, share = 0;
      if (n > 0) {
        if (row[i].bias) for (int64_t j = 0; j < n; j += W) vstore_some(s + first + j, vload_some(s + first + j, n - j) + vload_some(row[i].bias + first + j, n - j), n - j);
        const float top = row_largest(s + first, n, 1), most = top != top ? top : fmaxf(top, row[i].sink);
        if (most == -INFINITY) memset(s + first, 0, (size_t)n * 4);
        else {
          const float own = row[i].sink == -INFINITY ? 0 : expf(row[i].sink - most);
          const float sum = 1 / (row_exponentials(s + first, s + first, n, most) + own);
          row_line(s + first, s + first, n, sum, 0);
          share = own * sum;
        }
        along = row_product(s + first, ds + first, n);
        for (int64_t j = 0; j < n; j += W) {
          const int64_t some = n - j;
          vstore_some(ds + first + j, vload_some(s + first + j, some) * (vload_some(ds + first + j, some) - along), some);
        }
      }
      if (d->sinks) d->sinks[b * a->heads + g * r + (begin + i) % r] -= share * along;
      // What the row may not see has no part in the sums below.
      const int64_t stop_at = n > 0 ? first + n : from, end = whole_panels(to);
      if (n > 0 && first > from) { memset(s + from, 0, (size_t)(first - from) * 4); memset(ds + from, 0, (size_t)(first - from) * 4); }
      if (end > stop_at) { memset(s + stop_at, 0, (size_t)(end - stop_at) * 4); memset(ds + stop_at, 0, (size_t)(end - stop_at) * 4); }
      if (d->bias) {
        float *db = d->bias + ((b * a->heads + g * r + (begin + i) % r) * a->queries + (begin + i) / r) * keys;
        memset(db, 0, (size_t)keys * 4);
        if (n > 0) memcpy(db + first, ds + first, (size_t)n * 4);
      }
    }
    if (span > 0) {
      strided_multiply(dp + from, line, 1, rows, k + from * wide, wide, dq, wide, wide, span, 1, a->scale);
      strided_multiply(dp + from, 1, line, span, q_wide, wide, dk + from * wide, wide, wide, rows, 0, 1);
      strided_multiply(p + from, 1, line, span, o_wide, wide_v, dv + from * wide_v, wide_v, wide_v, rows, 0, 1);
    } else memset(dq, 0, (size_t)(rows * wide) * 4);
    for (int64_t i = 0; i < rows; i++) {
      const int64_t at = begin + i;
      memcpy(d->q + ((b * a->queries + at / r) * a->heads + g * r + at % r) * width, dq + i * wide, (size_t)width * 4);
    }
  }
  for (int64_t j = 0; j < keys; j++) {
    row_line(dk + j * wide, d->k + ((b * keys + j) * a->groups + g) * width, width, a->scale, 0);
    memcpy(d->v + ((b * keys + j) * a->groups + g) * deep, dv + j * wide_v, (size_t)deep * 4);
  }
  return 0;
}
