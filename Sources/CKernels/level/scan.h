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

enum { scan_width = W };
