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

/// Gradients of sequence b, head h. `states` has room for tokens + 1 states, `g` for one, `p` for two rows of values.
static void recur_back(const ork_recurrence *r, const ork_recurrence_gradient *d, int64_t b, int64_t h, float *states, float *g, float *p) {
  const int64_t T = r->tokens, H = r->heads, K = r->keys, V = r->values, size = K * V, first = (b * H + h) * size;
  float *dp = p + V;
  memcpy(states, r->start + first, (size_t)size * 4);
  for (int64_t t = 0; t < T; t++) {
    const int64_t row = (b * T + t) * H + h;
    const float *k = r->k + row * K, *v = r->v + row * V, *x = states + t * size;
    float *y = states + (t + 1) * size;
    if (r->read) {
      for (int64_t j = 0; j < V; j++) p[j] = 0;
      for (int64_t c = 0; c < K; c++) for (int64_t j = 0; j < V; j++) p[j] += r->read[row * K + c] * x[c * V + j];
    }
    for (int64_t c = 0; c < K; c++) {
      const float w = r->decay ? r->decay[row * r->decay_width + (r->decay_width == 1 ? 0 : c)] : 1, e = r->read ? r->write[row * K + c] : 0;
      for (int64_t j = 0; j < V; j++) y[c * V + j] = w * x[c * V + j] + k[c] * v[j] + (r->read ? e * p[j] : 0);
    }
  }
  if (d->end) memcpy(g, d->end + first, (size_t)size * 4); else memset(g, 0, (size_t)size * 4);
  for (int64_t t = T - 1; t >= 0; t--) {
    const int64_t row = (b * T + t) * H + h;
    const float *q = r->q + row * K, *k = r->k + row * K, *v = r->v + row * V, *x = states + t * size, *y = x + size;
    const float *o = d->out ? d->out + row * V : NULL;
    float *dv = d->v + row * V;
    for (int64_t j = 0; j < V; j++) dv[j] = 0;
    if (r->read) {
      for (int64_t j = 0; j < V; j++) p[j] = dp[j] = 0;
      for (int64_t c = 0; c < K; c++) for (int64_t j = 0; j < V; j++) p[j] += r->read[row * K + c] * x[c * V + j];
    }
    float shared = 0;
    for (int64_t c = 0; c < K; c++) {
      float *gc = g + c * V, dq = 0, dk = 0, dw = 0, de = 0;
      const float e = r->read ? r->write[row * K + c] : 0;
      for (int64_t j = 0; j < V; j++) {
        if (o) { dq += y[c * V + j] * o[j]; gc[j] += q[c] * o[j]; }
        dk += gc[j] * v[j];
        dv[j] += gc[j] * k[c];
        dw += gc[j] * x[c * V + j];
        if (r->read) { de += gc[j] * p[j]; dp[j] += gc[j] * e; }
      }
      d->q[row * K + c] = dq;
      d->k[row * K + c] = dk;
      if (r->decay && r->decay_width > 1) d->decay[row * K + c] = dw; else shared += dw;
      if (r->read) d->write[row * K + c] = de;
    }
    if (r->decay && r->decay_width == 1) d->decay[row] = shared;
    for (int64_t c = 0; c < K; c++) {
      const float w = r->decay ? r->decay[row * r->decay_width + (r->decay_width == 1 ? 0 : c)] : 1, a = r->read ? r->read[row * K + c] : 0;
      float da = 0;
      for (int64_t j = 0; j < V; j++) {
        if (r->read) da += x[c * V + j] * dp[j];
        g[c * V + j] = w * g[c * V + j] + (r->read ? a * dp[j] : 0);
      }
      if (r->read) d->read[row * K + c] = da;
    }
  }
  memcpy(d->start + first, g, (size_t)size * 4);
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
