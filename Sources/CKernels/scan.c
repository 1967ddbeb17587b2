// Scans and convolutions divided over sequences and registers of channels; the scan's gradient over sequences, a short convolution's over channels.
#include "levels.h"

typedef struct { const ork_level *inner; const ork_scan_shape *s; int64_t blocks; ork_stop stop; } scan_job;

static void scan_part(void *context, int64_t begin, int64_t end) {
  const scan_job *j = context;
  const int64_t step = j->inner->scan_width;
  float *room = ork_scratch(ork_slot_left, 2 * ork_max(1, j->s->states) * step);
  for (int64_t i = begin; i < end && !ork_stopped(j->stop); i++) {
    const int64_t from = i % j->blocks * step;
    j->inner->scan(j->s, i / j->blocks, from, ork_min(step, j->s->channels - from), room);
  }
}

int ork_scan(const ork_scan_shape *s, ork_stop stop) {
  const ork_level *inner = ork_inner();
  scan_job j = {inner, s, ork_ceil_div(s->channels, inner->scan_width), stop};
  const int64_t work = ork_max(1, s->tokens * s->states * inner->scan_width);
  ork_parallel(s->batch * j.blocks, ork_ceil_div(1 << 13, work), scan_part, &j);
  return ork_stopped(stop);
}

typedef struct { const ork_level *inner; const ork_scan_shape *s; const ork_scan_gradient *d; } scan_back_job;

/// Whole sequences: all channels add to the gradients by b and c.
static void scan_back_part(void *context, int64_t begin, int64_t end) {
  const scan_back_job *j = context;
  const ork_scan_shape *s = j->s;
  const int64_t T = s->tokens, N = s->states, step = j->inner->scan_width;
  float *room = ork_scratch(ork_slot_left, (2 * T + 4) * ((N + 3) / 4 * 4) * step);
  for (int64_t b = begin; b < end; b++) {
    memset(j->d->b + b * T * N, 0, (size_t)(T * N) * 4);
    memset(j->d->c + b * T * N, 0, (size_t)(T * N) * 4);
    for (int64_t e = 0; e < s->channels; e += step) j->inner->scan_back(s, j->d, b, e, ork_min(step, s->channels - e), room);
  }
}

void ork_scan_back(const ork_scan_shape *s, const ork_scan_gradient *d) {
  scan_back_job j = {ork_inner(), s, d};
  ork_parallel(s->batch, 1, scan_back_part, &j);
}

// ---- short convolutions ------------------------------------------------------------------------------------------------

typedef struct { const ork_level *inner; const ork_short_convolution *s; int64_t blocks; } convolve_job;

static void convolve_part(void *context, int64_t begin, int64_t end) {
  const convolve_job *j = context;
  const int64_t step = j->inner->scan_width;
  float *room = ork_scratch(ork_slot_left, ork_max(1, j->s->taps) * step);
  for (int64_t i = begin; i < end; i++) {
    const int64_t from = i % j->blocks * step;
    j->inner->convolve(j->s, i / j->blocks, from, ork_min(step, j->s->channels - from), room);
  }
}

void ork_convolve_short(const ork_short_convolution *s) {
  const ork_level *inner = ork_inner();
  convolve_job j = {inner, s, ork_ceil_div(s->channels, inner->scan_width)};
  const int64_t work = ork_max(1, s->tokens * s->taps * inner->scan_width);
  ork_parallel(s->batch * j.blocks, ork_ceil_div(1 << 15, work), convolve_part, &j);
}

typedef struct { const ork_level *inner; const ork_short_convolution *s; const ork_short_convolution_gradient *d; } convolve_back_job;

static void convolve_back_part(void *context, int64_t begin, int64_t end) {
  const convolve_back_job *j = context;
  const int64_t step = j->inner->scan_width;
  float *room = ork_scratch(ork_slot_left, 2 * ork_max(1, j->s->taps) * step);
  for (int64_t i = begin; i < end; i++) j->inner->convolve_back(j->s, j->d, i * step, ork_min(step, j->s->channels - i * step), room);
}

void ork_convolve_short_back(const ork_short_convolution *s, const ork_short_convolution_gradient *d) {
  convolve_back_job j = {ork_inner(), s, d};
  ork_parallel(ork_ceil_div(s->channels, j.inner->scan_width), 1, convolve_back_part, &j);
}

// ---- long convolutions -------------------------------------------------------------------------------------------------

typedef struct { const float *x, *kernel; float *y; int64_t tokens, channels; int direct; ork_stop stop; int64_t size; const double *turns; } long_job;

/// In place, bit-reversed order to natural: the butterflies of Cooley & Tukey 1965. `turns`: cos, sin of 2πi/size; backward: its inverse, undivided.
static void transform(double *z, int64_t size, const double *turns, int backward) {
  for (int64_t i = 1, r = 0; i < size; i++) {
    int64_t bit = size >> 1;
    for (; r & bit; bit >>= 1) r ^= bit;
    r ^= bit;
    if (i < r) {
      const double re = z[2 * i], im = z[2 * i + 1];
      z[2 * i] = z[2 * r], z[2 * i + 1] = z[2 * r + 1];
      z[2 * r] = re, z[2 * r + 1] = im;
    }
  }
  for (int64_t half = 1; half < size; half *= 2) {
    const int64_t step = size / (2 * half);
    for (int64_t from = 0; from < size; from += 2 * half) for (int64_t i = 0; i < half; i++) {
      const double c = turns[2 * i * step], s = backward ? turns[2 * i * step + 1] : -turns[2 * i * step + 1];
      double *p = z + 2 * (from + i), *q = p + 2 * half;
      const double re = q[0] * c - q[1] * s, im = q[0] * s + q[1] * c;
      q[0] = p[0] - re, q[1] = p[1] - im;
      p[0] += re, p[1] += im;
    }
  }
}

/// Text and kernel of a channel are the real and the imaginary part of one series: one transform there, one back.
static void long_part(void *context, int64_t begin, int64_t end) {
  const long_job *j = context;
  const int64_t T = j->tokens, C = j->channels, size = j->size;
  double *z = malloc((size_t)size * 4 * sizeof *z);
  if (!z) abort();
  double *product = z + 2 * size;
  for (int64_t i = begin; i < end && !ork_stopped(j->stop); i++) {
    const int64_t b = i / C, c = i % C;
    const float *x = j->x + b * T * C + c, *kernel = j->kernel + c * T;
    float *y = j->y + b * T * C + c;
    if (j->direct) {
      for (int64_t t = 0; t < T; t++) {
        double sum = 0;
        for (int64_t s = 0; s <= t; s++) sum += (double)kernel[s] * x[(t - s) * C];
        y[t * C] = (float)sum;
      }
      continue;
    }
    for (int64_t t = 0; t < size; t++) z[2 * t] = t < T ? x[t * C] : 0, z[2 * t + 1] = t < T ? kernel[t] : 0;
    transform(z, size, j->turns, 0);
    for (int64_t f = 0; f < size; f++) {
      // X = (Z(f) + conj Z(−f))/2, K = (Z(f) − conj Z(−f))/2i; the product is (Z(f)² − conj Z(−f)²)/4i.
      const double *p = z + 2 * f, *q = z + 2 * ((size - f) % size);
      const double re = p[0] * p[0] - p[1] * p[1] - (q[0] * q[0] - q[1] * q[1]), im = 2 * p[0] * p[1] + 2 * q[0] * q[1];
      product[2 * f] = im / 4, product[2 * f + 1] = -re / 4;
    }
    transform(product, size, j->turns, 1);
    for (int64_t t = 0; t < T; t++) y[t * C] = (float)(product[2 * t] / (double)size);
  }
  free(z);
}

int ork_convolve_long(const float *x, const float *kernel, float *y, int64_t batch, int64_t tokens, int64_t channels, int direct, ork_stop stop) {
  long_job j = {x, kernel, y, tokens, channels, direct, stop, 1, NULL};
  while (j.size < 2 * tokens) j.size *= 2;                // as long as text and kernel together: nothing wraps around
  double *turns = malloc((size_t)j.size * 2 * sizeof *turns);
  if (!turns) abort();
  for (int64_t i = 0; i < j.size; i++) {
    const double angle = 6.283185307179586 * (double)i / (double)j.size;
    turns[2 * i] = cos(angle), turns[2 * i + 1] = sin(angle);
  }
  j.turns = turns;
  if (tokens > 0) ork_parallel(batch * channels, ork_ceil_div(1 << 12, j.size), long_part, &j);
  free(turns);
  return ork_stopped(stop);
}
