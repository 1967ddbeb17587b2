// Linear recurrences: the columns of a matrix state do not see each other, so a few of them are carried through the whole
// text while they stay in the nearest cache. The gradient walks the text back over states that it has kept.
#pragma once
#include "functions.h"

enum { recurrence_columns = 2 * W };

/// Columns begin ..< begin + n (n ≤ 2·W) of sequence b, head h.
static void recur_columns(const ork_recurrence *r, int64_t b, int64_t h, int64_t begin, int64_t n) {
  const int64_t T = r->tokens, H = r->heads, K = r->keys, V = r->values, first = (b * H + h) * K * V + begin;
  const int64_t n0 = ork_min(n, W), n1 = n - n0;
  float *s = r->end + first;
  for (int64_t c = 0; c < K; c++) memcpy(s + c * V, r->start + first + c * V, (size_t)n * 4);
  for (int64_t t = 0; t < T; t++) {
    const int64_t row = (b * T + t) * H + h;
    const float *q = r->q + row * K, *k = r->k + row * K, *v = r->v + row * V + begin;
    const float *w = r->decay ? r->decay + row * r->decay_width : NULL;
    const float *a = r->read ? r->read + row * K : NULL, *e = r->read ? r->write + row * K : NULL;
    const vf v0 = vload_some(v, n0), v1 = n1 > 0 ? vload_some(v + W, n1) : vset(0);
    vf p0 = vset(0), p1 = vset(0), o0 = vset(0), o1 = vset(0);
    if (a) for (int64_t c = 0; c < K; c++) {
      p0 = fma_(vset(a[c]), vload_some(s + c * V, n0), p0);
      if (n1 > 0) p1 = fma_(vset(a[c]), vload_some(s + c * V + W, n1), p1);
    }
    for (int64_t c = 0; c < K; c++) {
      const vf keep = vset(w ? w[r->decay_width == 1 ? 0 : c] : 1), key = vset(k[c]), query = vset(q[c]);
      float *x = s + c * V;
      vf x0 = fma_(key, v0, keep * vload_some(x, n0));
      if (a) x0 = fma_(vset(e[c]), p0, x0);
      vstore_some(x, x0, n0);
      o0 = fma_(query, x0, o0);
      if (n1 <= 0) continue;
      vf x1 = fma_(key, v1, keep * vload_some(x + W, n1));
      if (a) x1 = fma_(vset(e[c]), p1, x1);
      vstore_some(x + W, x1, n1);
      o1 = fma_(query, x1, o1);
    }
    float *out = r->out + row * V + begin;
    vstore_some(out, o0, n0);
    if (n1 > 0) vstore_some(out + W, o1, n1);
  }
}

/// One token of the way back for `rows` rows of the state (4 or 1) from c on: `g`, the gradient by the state after the token, gets what the read-out
/// adds; sums along a row become one number of dq, dk, decay and write each.
INLINE void recur_back_rows(const int rows, const int decays, const int corrects, int64_t c, int64_t V, const float *q, const float *k, const float *w, const float *e,
                            const float *x, const float *y, const float *o, const float *v, const float *p, float *g, float *dv, float *dp,
                            float *dq, float *dk, float *dw, float *de) {
  vf sq[4] = {0}, sk[4] = {0}, sw[4] = {0}, se[4] = {0};
  for (int64_t j = 0; j < V; j += W) {
    const int64_t n = V - j;
    const vf out = vload_some(o + j, n), value = vload_some(v + j, n), known = corrects ? vload_some(p + j, n) : vset(0);
    vf by_value = vload_some(dv + j, n), by_known = corrects ? vload_some(dp + j, n) : vset(0);
    for (int i = 0; i < rows; i++) {
      float *at = g + (c + i) * V + j;
      const vf one = fma_(vset(q[c + i]), out, vload_some(at, n));
      sq[i] = fma_(vload_some(y + (c + i) * V + j, n), out, sq[i]);
      sk[i] = fma_(one, value, sk[i]);
      by_value = fma_(one, vset(k[c + i]), by_value);
      if (decays) sw[i] = fma_(one, vload_some(x + (c + i) * V + j, n), sw[i]);
      if (corrects) { se[i] = fma_(one, known, se[i]); by_known = fma_(one, vset(e[c + i]), by_known); }
      // With a correction the decay waits until all rows have been seen.
      vstore_some(at, corrects || !decays ? one : one * vset(w[i]), n);
    }
    vstore_some(dv + j, by_value, n);
    if (corrects) vstore_some(dp + j, by_known, n);
  }
#define SUMS(s, d) do { const v4 all = vsum4(s[0], s[1], s[2], s[3]); for (int i = 0; i < rows; i++) (d)[i] = all[i]; } while (0)
  SUMS(sq, dq + c);
  SUMS(sk, dk + c);
  if (decays) SUMS(sw, dw);
  if (corrects) SUMS(se, de + c);
}

/// Back over decay and correction: g ← diag(w)·g + read·dpᵀ, and the gradient by what was read with.
INLINE void recur_back_decay(const int rows, int64_t c, int64_t V, const float *w, const float *a, const float *x, const float *dp, float *g, float *da) {
  vf s[4] = {0};
  for (int64_t j = 0; j < V; j += W) {
    const int64_t n = V - j;
    const vf known = vload_some(dp + j, n);
    for (int i = 0; i < rows; i++) {
      float *at = g + (c + i) * V + j;
      s[i] = fma_(vload_some(x + (c + i) * V + j, n), known, s[i]);
      vstore_some(at, fma_(vset(a[c + i]), known, vset(w[i]) * vload_some(at, n)), n);
    }
  }
  SUMS(s, da + c);
#undef SUMS
}

/// p = readᵀ·S
static void recur_known(const float *a, const float *x, int64_t K, int64_t V, float *p) {
  for (int64_t j = 0; j < V; j += W) {
    vf s = vset(0);
    for (int64_t c = 0; c < K; c++) s = fma_(vset(a[c]), vload_some(x + c * V + j, V - j), s);
    vstore_some(p + j, s, V - j);
  }
}

INLINE void recur_back_as(const int decays, const int corrects, const ork_recurrence *r, const ork_recurrence_gradient *d, int64_t b, int64_t h, float *room) {
  const int64_t T = r->tokens, H = r->heads, K = r->keys, V = r->values, size = K * V, first = (b * H + h) * size;
  float *states = room, *g = states + (T + 1) * size, *p = g + size, *dp = p + T * V, *none = dp + V;
  memset(none, 0, (size_t)V * 4);
  memcpy(states, r->start + first, (size_t)size * 4);
  for (int64_t t = 0; t < T; t++) {
    const int64_t row = (b * T + t) * H + h;
    const float *k = r->k + row * K, *v = r->v + row * V, *x = states + t * size, *w = decays ? r->decay + row * r->decay_width : NULL;
    float *y = states + (t + 1) * size, *known = p + t * V;
    if (corrects) recur_known(r->read + row * K, x, K, V, known);
    for (int64_t c = 0; c < K; c++) {
      const vf keep = vset(decays ? w[r->decay_width == 1 ? 0 : c] : 1), key = vset(k[c]), e = vset(corrects ? r->write[row * K + c] : 0);
      for (int64_t j = 0; j < V; j += W) {
        vf s = fma_(key, vload_some(v + j, V - j), keep * vload_some(x + c * V + j, V - j));
        if (corrects) s = fma_(e, vload_some(known + j, V - j), s);
        vstore_some(y + c * V + j, s, V - j);
      }
    }
  }
  if (d->end) memcpy(g, d->end + first, (size_t)size * 4); else memset(g, 0, (size_t)size * 4);
  for (int64_t t = T - 1; t >= 0; t--) {
    const int64_t row = (b * T + t) * H + h;
    const float *x = states + t * size, *o = d->out ? d->out + row * V : none, *known = p + t * V, *e = corrects ? r->write + row * K : NULL;
    const int one_decay = decays && r->decay_width == 1;
    float *dv = d->v + row * V, *de = corrects ? d->write + row * K : NULL;
    memset(dv, 0, (size_t)V * 4);
    if (corrects) memset(dp, 0, (size_t)V * 4);
    float shared = 0;
#define DECAYS(rows) for (int i = 0; i < rows; i++) w[i] = !decays ? 1 : r->decay[row * r->decay_width + (one_decay ? 0 : c + i)]
#define STEP(rows) do { \
      float w[4] = {0}, dw[4]; \
      DECAYS(rows); \
      recur_back_rows(rows, decays, corrects, c, V, r->q + row * K, r->k + row * K, w, e, x, x + size, o, r->v + row * V, known, g, dv, dp, \
                      d->q + row * K, d->k + row * K, dw, de); \
      if (one_decay) for (int i = 0; i < rows; i++) shared += dw[i]; \
      else if (decays) for (int i = 0; i < rows; i++) d->decay[row * K + c + i] = dw[i]; } while (0)
    int64_t c = 0;
    for (; c + 4 <= K; c += 4) STEP(4);
    for (; c < K; c++) STEP(1);
    if (one_decay) d->decay[row] = shared;
    if (!corrects) continue;
    for (c = 0; c + 4 <= K; c += 4) { float w[4]; DECAYS(4); recur_back_decay(4, c, V, w, r->read + row * K, x, dp, g, d->read + row * K); }
    for (; c < K; c++) { float w[4]; DECAYS(1); recur_back_decay(1, c, V, w, r->read + row * K, x, dp, g, d->read + row * K); }
#undef STEP
#undef DECAYS
  }
  memcpy(d->start + first, g, (size_t)size * 4);
}

/// Gradients of sequence b, head h. `room`: for tokens + 2 states and tokens + 2 rows of values.
static void recur_back(const ork_recurrence *r, const ork_recurrence_gradient *d, int64_t b, int64_t h, float *room) {
  if (r->decay && r->read) recur_back_as(1, 1, r, d, b, h, room);
  else if (r->decay) recur_back_as(1, 0, r, d, b, h, room);
  else if (r->read) recur_back_as(0, 1, r, d, b, h, room);
  else recur_back_as(0, 0, r, d, b, h, room);
}

/// RWKV-4's weighted average over channels begin ..< begin + n (n ≤ W): numerator and denominator carried without their largest
/// exponent m (Peng et al. 2023, appendix D).
static void wkv_channels(const ork_wkv_shape *s, int64_t b, int64_t begin, int64_t n) {
  const int64_t T = s->tokens, C = s->channels;
  const float *from = s->start + b * 3 * C + begin;
  vf a = vload_some(from, n), d = vload_some(from + C, n), m = vload_some(from + 2 * C, n);
  const vf w = vload_some(s->w + begin, n), u = vload_some(s->u + begin, n);
  for (int64_t t = 0; t < T; t++) {
    const int64_t at = (b * T + t) * C + begin;
    const vf k = vload_some(s->k + at, n), v = vload_some(s->v + at, n), own = u + k;
    vf most = vmax(m, own), past = vexp(m - most), now = vexp(own - most);
    vstore_some(s->out + at, (past * a + now * v) / (past * d + now), n);
    most = vmax(m + w, k);
    past = vexp(m + w - most);
    now = vexp(k - most);
    a = past * a + now * v;
    d = past * d + now;
    m = most;
  }
  float *to = s->end + b * 3 * C + begin;
  vstore_some(to, a, n);
  vstore_some(to + C, d, n);
  vstore_some(to + 2 * C, m, n);
}
