// State-space scans and short convolutions: channels do not see each other, so a register of them is carried through the whole text;
// their states and taps lie transposed in a buffer that stays in the nearest cache.
#pragma once
#include "functions.h"

/// Channels begin ..< begin + n (n ≤ W) of sequence b. `room` has space for 2·states·W numbers.
static void scan_channels(const ork_scan_shape *s, int64_t b, int64_t begin, int64_t n, float *room) {
  const int64_t T = s->tokens, E = s->channels, N = s->states;
  float *h = room, *a = room + N * W;
  const float *start = s->start + (b * E + begin) * N, *rate = s->a + begin * N;
  for (int64_t i = 0; i < N; i++) for (int64_t c = 0; c < W; c++) {
    h[i * W + c] = c < n ? start[c * N + i] : 0;
    a[i * W + c] = c < n ? rate[c * N + i] : 0;
  }
  for (int64_t t = 0; t < T; t++) {
    const int64_t row = (b * T + t) * E + begin;
    const float *in = s->b + (b * T + t) * N, *out = s->c + (b * T + t) * N;
    const vf step = vload_some(s->step + row, n), write = step * vload_some(s->x + row, n);
    vf y = vset(0);
    for (int64_t i = 0; i < N; i++) {
      const vf keep = vexp(step * vload(a + i * W)), next = fma_(keep, vload(h + i * W), write * vset(in[i]));
      vstore(h + i * W, next);
      y = fma_(next, vset(out[i]), y);
    }
    vstore_some(s->y + row, y, n);
  }
  float *end = s->end + (b * E + begin) * N;
  for (int64_t c = 0; c < n; c++) for (int64_t i = 0; i < N; i++) end[c * N + i] = h[i * W + c];
}

/// The same for a depthwise convolution; `room` has space for taps·W numbers.
static void convolve_channels(const ork_short_convolution *s, int64_t b, int64_t begin, int64_t n, float *room) {
  const int64_t T = s->tokens, E = s->channels, K = s->taps;
  for (int64_t j = 0; j < K; j++) for (int64_t c = 0; c < W; c++) room[j * W + c] = c < n ? s->w[(begin + c) * K + j] : 0;
  const vf bias = s->bias ? vload_some(s->bias + begin, n) : vset(0);
  for (int64_t t = 0; t < T; t++) {
    const float *x = s->x + (b * (T + K - 1) + t) * E + begin;
    vf y = bias;
    for (int64_t j = 0; j < K; j++) y = fma_(vload_some(x + j * E, n), vload(room + j * W), y);
    vstore_some(s->y + (b * T + t) * E + begin, y, n);
  }
}

/// Gradients of the scan by sequence b, channels begin ..< begin + n (n ≤ W): run forward, states and decays kept, then walked back. What all
/// channels share (b and c) is added to. `room`: for 2·tokens + 4 times the states (rounded up to a multiple of 4) registers.
static void scan_back_channels(const ork_scan_shape *s, const ork_scan_gradient *d, int64_t b, int64_t begin, int64_t n, float *room) {
  const int64_t T = s->tokens, E = s->channels, N = s->states, whole = (N + 3) / 4 * 4, size = whole * W;
  float *h = room, *keep = h + (T + 1) * size, *a = keep + T * size, *g = a + size, *da = g + size;
  const int64_t state = (b * E + begin) * N;
  memset(h, 0, (size_t)size * 4);
  memset(keep, 0, (size_t)(T * size) * 4);
  memset(a, 0, (size_t)(3 * size) * 4);
  for (int64_t i = 0; i < N; i++) for (int64_t c = 0; c < n; c++) {
    h[i * W + c] = s->start[state + c * N + i];
    a[i * W + c] = s->a[(begin + c) * N + i];
    if (d->end) g[i * W + c] = d->end[state + c * N + i];
  }
  for (int64_t t = 0; t < T; t++) {
    const int64_t row = (b * T + t) * E + begin;
    const float *in = s->b + (b * T + t) * N;
    const vf step = vload_some(s->step + row, n), write = step * vload_some(s->x + row, n);
    const float *before = h + t * size;
    float *after = h + (t + 1) * size, *kept = keep + t * size;
    for (int64_t i = 0; i < N; i++) {
      const vf e = vexp(step * vload(a + i * W));
      vstore(kept + i * W, e);
      vstore(after + i * W, fma_(e, vload(before + i * W), write * vset(in[i])));
    }
    for (int64_t i = N; i < whole; i++) vstore(after + i * W, vset(0));
  }
  for (int64_t t = T - 1; t >= 0; t--) {
    const int64_t row = (b * T + t) * E + begin, narrow = (b * T + t) * N;
    const vf step = vload_some(s->step + row, n), x = vload_some(s->x + row, n), write = step * x;
    const vf dy = d->y ? vload_some(d->y + row, n) : vset(0);
    const float *before = h + t * size, *after = before + size, *kept = keep + t * size;
    vf dwrite = vset(0), dstep = vset(0);
    for (int64_t i = 0; i < N; i += 4) {
      vf read[4], written[4];
      for (int64_t u = 0; u < 4; u++) {
        const int64_t at = (i + u) * W;
        const float in = i + u < N ? s->b[narrow + i + u] : 0, out = i + u < N ? s->c[narrow + i + u] : 0;
        const vf e = vload(kept + at), by = fma_(dy, vset(out), vload(g + at)), old = by * vload(before + at) * e;
        read[u] = dy * vload(after + at);
        written[u] = by * write;
        dwrite = fma_(by, vset(in), dwrite);
        dstep = fma_(old, vload(a + at), dstep);
        vstore(da + at, fma_(old, step, vload(da + at)));
        vstore(g + at, by * e);
      }
      const v4 c = vsum4(read[0], read[1], read[2], read[3]), w = vsum4(written[0], written[1], written[2], written[3]);
      for (int64_t u = 0; u < 4 && i + u < N; u++) { d->c[narrow + i + u] += c[u]; d->b[narrow + i + u] += w[u]; }
    }
    vstore_some(d->x + row, dwrite * step, n);
    vstore_some(d->step + row, fma_(dwrite, x, dstep), n);
  }
  for (int64_t c = 0; c < n; c++) for (int64_t i = 0; i < N; i++) {
    d->start[state + c * N + i] = g[i * W + c];
    d->a[state + c * N + i] = da[i * W + c];
  }
}

/// Gradients of the convolution by channels begin ..< begin + n of all sequences, one after the other; `room` for 2·taps·W numbers.
static void convolve_back_channels(const ork_short_convolution *s, const ork_short_convolution_gradient *d, int64_t begin, int64_t n, float *room) {
  const int64_t T = s->tokens, E = s->channels, K = s->taps;
  float *w = room, *dw = room + K * W;
  for (int64_t j = 0; j < K; j++) for (int64_t c = 0; c < W; c++) w[j * W + c] = c < n ? s->w[(begin + c) * K + j] : 0;
  memset(dw, 0, (size_t)(K * W) * 4);
  vf bias = vset(0);
  for (int64_t b = 0; b < s->batch; b++) {
    const float *g = d->y + b * T * E + begin;
    for (int64_t t = 0; t < T; t++) bias += vload_some(g + t * E, n);
    for (int64_t t = 0; t < T + K - 1; t++) {
      const int64_t row = (b * (T + K - 1) + t) * E + begin;
      const vf x = vload_some(s->x + row, n);
      vf dx = vset(0);
      for (int64_t j = ork_max(0, t - T + 1); j <= ork_min(K - 1, t); j++) {
        const vf by = vload_some(g + (t - j) * E, n);
        dx = fma_(by, vload(w + j * W), dx);
        vstore(dw + j * W, fma_(by, x, vload(dw + j * W)));
      }
      vstore_some(d->x + row, dx, n);
    }
  }
  for (int64_t c = 0; c < n; c++) for (int64_t j = 0; j < K; j++) d->w[(begin + c) * K + j] = dw[j * W + c];
  if (d->bias) vstore_some(d->bias + begin, bias, n);
}

enum { scan_width = W };
