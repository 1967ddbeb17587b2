// Convolutions as long as the text, for a register of channels at a time: each lane is the series of one channel, in double precision.
#pragma once
#include "vector.h"

typedef double vd __attribute__((ext_vector_type(W)));

// A macro: as a function it would hand over a register that the oldest processors have not.
#define LONG_LOAD(x, n) __builtin_convertvector(vload_some(x, n), vd)

/// In place, bit-reversed order to natural: the butterflies of Cooley & Tukey 1965. `turns`: cos, sin of 2πi/size; backward: the inverse, undivided.
static void long_transform(vd *z, int64_t size, const double *turns, int backward) {
  for (int64_t i = 1, r = 0; i < size; i++) {
    int64_t bit = size >> 1;
    for (; r & bit; bit >>= 1) r ^= bit;
    r ^= bit;
    if (i < r) {
      const vd re = z[2 * i], im = z[2 * i + 1];
      z[2 * i] = z[2 * r], z[2 * i + 1] = z[2 * r + 1];
      z[2 * r] = re, z[2 * r + 1] = im;
    }
  }
  for (int64_t half = 1; half < size; half *= 2) {
    const int64_t step = size / (2 * half);
    for (int64_t from = 0; from < size; from += 2 * half) for (int64_t i = 0; i < half; i++) {
      const double c = turns[2 * i * step], s = backward ? turns[2 * i * step + 1] : -turns[2 * i * step + 1];
      vd *p = z + 2 * (from + i), *q = p + 2 * half;
      const vd re = q[0] * c - q[1] * s, im = q[0] * s + q[1] * c;
      q[0] = p[0] - re, q[1] = p[1] - im;
      p[0] += re, p[1] += im;
    }
  }
}

/// Channels begin ..< begin + n of sequence b. `room`: for 4·size registers of doubles.
static void convolve_long(const ork_long_convolution *l, int64_t b, int64_t begin, int64_t n, double *room) {
  const int64_t T = l->tokens, C = l->channels, size = l->size;
  const float *x = l->x + b * T * C + begin;
  float *y = l->y + b * T * C + begin;
  vd *z = (vd *)room, *product = z + 2 * size;
  // Text and kernel of a channel are the real and the imaginary part of one series: one transform there, one back.
  for (int64_t t = 0; t < size; t++) {
    z[2 * t] = t < T ? LONG_LOAD(x + t * C, n) : (vd)0;
    z[2 * t + 1] = 0;
    if (t < T) for (int64_t c = 0; c < n; c++) z[2 * t + 1][c] = l->kernel[(begin + c) * T + t];
  }
  if (l->direct) {
    for (int64_t t = 0; t < T; t++) {
      vd sum = 0;
      for (int64_t s = 0; s <= t; s++) sum += z[2 * s + 1] * z[2 * (t - s)];
      vstore_some(y + t * C, __builtin_convertvector(sum, vf), n);
    }
    return;
  }
  long_transform(z, size, l->turns, 0);
  for (int64_t f = 0; f < size; f++) {
    // X = (Z(f) + conj Z(−f))/2, K = (Z(f) − conj Z(−f))/2i; the product is (Z(f)² − conj Z(−f)²)/4i.
    const vd *p = z + 2 * f, *q = z + 2 * ((size - f) % size);
    const vd re = p[0] * p[0] - p[1] * p[1] - (q[0] * q[0] - q[1] * q[1]), im = 2.0 * p[0] * p[1] + 2.0 * q[0] * q[1];
    product[2 * f] = im / 4.0, product[2 * f + 1] = -re / 4.0;
  }
  long_transform(product, size, l->turns, 1);
  for (int64_t t = 0; t < T; t++) vstore_some(y + t * C, __builtin_convertvector(product[2 * t] / (double)size, vf), n);
}

/// Gradients by channels begin ..< begin + n of all sequences, one after the other: dx = F⁻¹(conj K·G), dk = F⁻¹(Σ conj X·G). `room`: for 8·size registers.
static void convolve_long_back(const ork_long_convolution *l, const float *g, float *dx, float *dk, int64_t begin, int64_t n, double *room) {
  const int64_t T = l->tokens, C = l->channels, size = l->size;
  vd *z = (vd *)room, *k = z + 2 * size, *by_x = k + 2 * size, *by_k = by_x + 2 * size;
  for (int64_t t = 0; t < size; t++) {
    k[2 * t] = k[2 * t + 1] = by_k[2 * t] = by_k[2 * t + 1] = 0;
    if (t < T) for (int64_t c = 0; c < n; c++) k[2 * t][c] = l->kernel[(begin + c) * T + t];
  }
  long_transform(k, size, l->turns, 0);
  for (int64_t b = 0; b < l->batch; b++) {
    const float *x = l->x + b * T * C + begin, *gb = g + b * T * C + begin;
    for (int64_t t = 0; t < size; t++) {
      z[2 * t] = t < T ? LONG_LOAD(x + t * C, n) : (vd)0;
      z[2 * t + 1] = t < T ? LONG_LOAD(gb + t * C, n) : (vd)0;
    }
    long_transform(z, size, l->turns, 0);
    for (int64_t f = 0; f < size; f++) {
      // Text and gradient are real and imaginary part: X = (Z(f) + conj Z(−f))/2, G = (Z(f) − conj Z(−f))/2i.
      const vd *p = z + 2 * f, *q = z + 2 * ((size - f) % size);
      const vd xr = (p[0] + q[0]) * 0.5, xi = (p[1] - q[1]) * 0.5, gr = (p[1] + q[1]) * 0.5, gi = (q[0] - p[0]) * 0.5;
      const vd kr = k[2 * f], ki = k[2 * f + 1];
      by_x[2 * f] = kr * gr + ki * gi, by_x[2 * f + 1] = kr * gi - ki * gr;
      by_k[2 * f] += xr * gr + xi * gi, by_k[2 * f + 1] += xr * gi - xi * gr;
    }
    long_transform(by_x, size, l->turns, 1);
    float *to = dx + b * T * C + begin;
    for (int64_t t = 0; t < T; t++) vstore_some(to + t * C, __builtin_convertvector(by_x[2 * t] / (double)size, vf), n);
  }
  long_transform(by_k, size, l->turns, 1);
  for (int64_t t = 0; t < T; t++) {
    const vd one = by_k[2 * t] / (double)size;
    for (int64_t c = 0; c < n; c++) dk[(begin + c) * T + t] = (float)one[c];
  }
}
