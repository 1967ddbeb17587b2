// Fused attention with the running softmax (Milakov & Gimelshein 2018; FlashAttention, Dao et al. 2022): scores are made a
// block of keys at a time and never stored whole. The query heads of one group are rows of one problem, so their keys and
// values are read once: row = query · (heads / groups) + head of the group.
// Many rows: keys and values are packed a block at a time and shared by all tiles of rows. Few rows (decoding): read in place.
// The two ways round differently; within each, a row does not depend on the other rows.
#pragma once
#include "dots.h"
#include "panels.h"
#include "rows.h"

enum { key_block = 128, few_block = 64 };

typedef struct {
  const float *q, *bias;
  float *out;
  int64_t first, last;
  float sink;
} attention_row;

static attention_row attention_row_at(const ork_attention_shape *a, int64_t b, int64_t g, int64_t row) {
  const int64_t r = a->heads / a->groups, i = row / r, h = g * r + row % r;
  attention_row s = {
    a->q + b * a->q_batch + i * a->q_row + h * a->q_head,
    a->bias ? a->bias + b * a->bias_batch + h * a->bias_head + i * a->bias_row : NULL,
    a->out + b * a->out_batch + i * a->out_row + h * a->out_head,
    a->first ? ork_max(0, a->first[i]) : 0, a->last ? ork_min(a->last[i], a->keys) : a->keys,
    a->sinks ? a->sinks[h] : -INFINITY,
  };
  return s;
}

/// What has been seen of a row: the largest score, the sum of e^(score − most), and in `mixed` the sum of e^(…)·v.
typedef struct { float most, sum; } seen;

static inline seen seen_nothing(float sink) { return (seen){sink, sink == -INFINITY ? 0 : 1}; }

/// Scores s[0..<n] of keys from `key` on become weights; cells outside of the row's range become 0. Rescales `mixed`.
INLINE void absorb(const attention_row *row, seen *so_far, float *s, int64_t key, int64_t n, float *mixed, int64_t width) {
  const int64_t from = ork_max(0, ork_min(n, row->first - key)), to = ork_max(from, ork_min(n, row->last - key));
  vf most = vset(so_far->most);
  for (int64_t j = 0; j < from; j++) s[j] = 0;
  for (int64_t j = to; j < n; j++) s[j] = 0;
  if (from >= to) return;
  for (int64_t j = from; j < to; j += W) {
    vf v = vload_some(s + j, to - j);
    if (row->bias) { v += vload_some(row->bias + key + j, to - j); vstore_some(s + j, v, to - j); }
    most = vmax(vfirst(v, to - j, -INFINITY), most);
  }
  const float top = vlargest(most), base = top == -INFINITY ? 0 : top;
  vf sum = 0;
  for (int64_t j = from; j < to; j += W) {
    vf e = vfirst(vexp(vload_some(s + j, to - j) - base), to - j, 0);
    vstore_some(s + j, e, to - j);
    sum += e;
  }
  if (top != so_far->most) {
    const float fade = so_far->most == -INFINITY ? 0 : vexp(vset(so_far->most - base))[0];
    so_far->sum *= fade;
    for (int64_t d = 0; d < width; d += W) vstore_some(mixed + d, vload_some(mixed + d, width - d) * fade, width - d);
  }
  so_far->most = top;
  so_far->sum += vsum(sum);
}

static void finish(const attention_row *row, seen so_far, const float *mixed, int64_t width) {
  const float scale = so_far.sum == 0 ? 0 : 1 / so_far.sum;
  row_line(mixed, row->out, width, scale, 0);
}

/// Rows begin ..< end of group g of batch b. Returns 1 if stopped.
static int attend_many(const ork_attention_shape *a, int64_t b, int64_t g, int64_t begin, int64_t end, ork_stop stop) {
  enum { panels = key_block / right };
  const int64_t rows = end - begin, wide = ork_ceil_div(a->value_width, right) * right;
  const int64_t sizes[] = {rows * a->width, key_block * a->width, key_block * wide, rows * wide, left * key_block, rows * 2,
                           rows * (int64_t)(sizeof(attention_row) / 4)};
  int64_t total = 0, at[7];
  for (int i = 0; i < 7; i++) { at[i] = total; total += (sizes[i] + 15) / 16 * 16; }
  float *memory = ork_scratch(ork_slot_attention, total);
  float *q = memory + at[0], *k = memory + at[1], *v = memory + at[2], *mixed = memory + at[3], *s = memory + at[4];
  seen *so_far = (seen *)(memory + at[5]);
  attention_row *row = (attention_row *)(memory + at[6]);
  memset(mixed, 0, (size_t)(rows * wide) * 4);
  for (int64_t i = 0; i < rows; i++) {
    row[i] = attention_row_at(a, b, g, begin + i);
    so_far[i] = seen_nothing(row[i].sink);
    const int64_t tile = i / left * left, high = ork_min(left, rows - tile);
    for (int64_t d = 0; d < a->width; d++) q[tile * a->width + d * high + (i - tile)] = row[i].q[d];
  }
  for (int64_t key = 0; key < a->keys; key += key_block) {
    if (ork_stopped(stop)) return 1;
    const int64_t n = ork_min(key_block, a->keys - key);
    int packed = 0;
    for (int64_t tile = 0; tile < rows; tile += left) {
      const int64_t high = ork_min(left, rows - tile);
      int64_t to = 0, from = n;
      for (int64_t i = tile; i < tile + high; i++) {
        to = ork_max(to, ork_min(n, row[i].last - key));
        from = ork_min(from, ork_max(0, row[i].first - key));
      }
      if (from >= to) continue;
      if (!packed) {
        const float *kb = a->k + b * a->k_batch + key * a->k_row + g * a->k_group;
        const float *vb = a->v + b * a->v_batch + key * a->v_row + g * a->v_group;
        for (int64_t j = 0; j < n; j += right)
          panel_pack_right(kb + j * a->k_row, ORK_F32, 1, a->k_row, ork_min(right, n - j), a->width, k + j * a->width);
        for (int64_t j = 0; j < n; j++) {
          memcpy(v + j * wide, vb + j * a->v_row, (size_t)a->value_width * 4);
          memset(v + j * wide + a->value_width, 0, (size_t)(wide - a->value_width) * 4);
        }
        packed = 1;
      }
      from = from / right * right;
      for (int64_t j = from; j < to; j += right)
        panel_multiply(q + tile * a->width, high, a->width, k + j * a->width, right, s + j, key_block, right, 1, 1, a->scale, NULL);
      for (int64_t i = 0; i < high; i++)
        absorb(&row[tile + i], &so_far[tile + i], s + i * key_block + from, key + from, to - from, mixed + (tile + i) * wide, wide);
      for (int64_t d = 0; d < wide; d += right) {
#define TILE(r) panel_tile(r, s + i * key_block + from, key_block, 1, v + from * wide + d, wide, \
                           mixed + (tile + i) * wide + d, wide, right, to - from, 0, 0, 1, NULL)
        int64_t i = 0;
        if (high == left) TILE(left);
        else {
          for (; i + 4 <= high; i += 4) TILE(4);
          for (; i < high; i++) TILE(1);
        }
#undef TILE
      }
    }
  }
  for (int64_t i = 0; i < rows; i++) finish(&row[i], so_far[i], mixed + i * wide, a->value_width);
  return 0;
}

enum { mix_rows = MANY_REGISTERS ? 4 : 2 };

/// mixed[i] += weights[i] · v for up to mix_rows rows at once, the values read in place and once.
INLINE void mix_tile(const int rows, const float *weights, const float *v, int64_t v_row, int64_t n, float *mixed, int64_t width) {
  int64_t d = 0;
  for (; d + 4 * W <= width; d += 4 * W) {
    vf s[mix_rows][4];
    for (int i = 0; i < rows; i++) for (int u = 0; u < 4; u++) s[i][u] = vload(mixed + i * width + d + u * W);
    for (int64_t j = 0; j < n; j++) {
      vf x[4];
      for (int u = 0; u < 4; u++) x[u] = vload(v + j * v_row + d + u * W);
      for (int i = 0; i < rows; i++) {
        const vf e = vset(weights[i * few_block + j]);
        for (int u = 0; u < 4; u++) s[i][u] = fma_(e, x[u], s[i][u]);
      }
    }
    for (int i = 0; i < rows; i++) for (int u = 0; u < 4; u++) vstore(mixed + i * width + d + u * W, s[i][u]);
  }
  for (; d < width; d += W)
    for (int i = 0; i < rows; i++) {
      vf s = vload_some(mixed + i * width + d, width - d);
      for (int64_t j = 0; j < n; j++) s = fma_(vset(weights[i * few_block + j]), vload_some(v + j * v_row + d, width - d), s);
      vstore_some(mixed + i * width + d, s, width - d);
    }
}

static void mix(const float *weights, int64_t rows, const float *v, int64_t v_row, int64_t n, float *mixed, int64_t width) {
  int64_t i = 0;
  for (; i + mix_rows <= rows; i += mix_rows) mix_tile(mix_rows, weights + i * few_block, v, v_row, n, mixed + i * width, width);
  for (; i < rows; i++) mix_tile(1, weights + i * few_block, v, v_row, n, mixed + i * width, width);
}

/// Few rows of each of the groups from ..< to of batch b: block of keys after block of keys, all groups of it, in place.
static int attend_few(const ork_attention_shape *a, int64_t b, int64_t from, int64_t to, ork_stop stop) {
  const int64_t rows = a->queries * (a->heads / a->groups), all = rows * (to - from);
  float *memory = ork_scratch(ork_slot_attention, all * (a->width + a->value_width + 2) + rows * few_block);
  float *q = memory, *mixed = q + all * a->width, *s = mixed + all * a->value_width;
  seen *so_far = (seen *)(s + rows * few_block);
  int64_t lowest = a->keys, highest = 0;
  for (int64_t i = 0; i < all; i++) {
    const attention_row row = attention_row_at(a, b, from + i / rows, i % rows);
    memcpy(q + i * a->width, row.q, (size_t)a->width * 4);
    so_far[i] = seen_nothing(row.sink);
    lowest = ork_min(lowest, row.first);
    highest = ork_max(highest, row.last);
  }
  memset(mixed, 0, (size_t)(all * a->value_width) * 4);
  for (int64_t key = lowest; key < highest; key += few_block) {
    if (ork_stopped(stop)) return 1;
    const int64_t n = ork_min(few_block, highest - key);
    for (int64_t g = from; g < to; g++) {
      const float *k = a->k + b * a->k_batch + key * a->k_row + g * a->k_group;
      const float *v = a->v + b * a->v_batch + key * a->v_row + g * a->v_group;
      const int64_t base = (g - from) * rows;
      dots_typed(ORK_F32, q + base * a->width, a->width, (const char *)k, a->k_row, NULL, s, few_block, rows, n, a->width, a->scale);
      for (int64_t i = 0; i < rows; i++) {
        const attention_row row = attention_row_at(a, b, g, i);
        absorb(&row, &so_far[base + i], s + i * few_block, key, n, mixed + (base + i) * a->value_width, a->value_width);
      }
      mix(s, rows, v, a->v_row, n, mixed + base * a->value_width, a->value_width);
    }
  }
  for (int64_t i = 0; i < all; i++) {
    const attention_row row = attention_row_at(a, b, from + i / rows, i % rows);
    finish(&row, so_far[i], mixed + i * a->value_width, a->value_width);
  }
  return 0;
}
