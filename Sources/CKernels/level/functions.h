// exp, log, tanh, erf, sin and their kin on registers, to float32's accuracy (the tests hold each to its bound),
// with the limits at ±∞, at 0 and for NaN. Polynomials: Cephes (Moshier) for exp, log, sin, cos; erf after Juffa.
#pragma once
#include "vector.h"

/// v·2ⁿ, n a whole number in −252…252, right for results below the normal range as well.
INLINE vf vscale(vf v, vf n) {
#if ORK_LEVEL == 2
  return (vf)_mm512_scalef_ps((__m512)v, (__m512)n);
#else
  vi whole = __builtin_convertvector(n, vi), half = whole >> 1;
  return v * as_float((half + 127) << 23) * as_float((whole - half + 127) << 23);
#endif
}

/// n = round(x / ln 2) and r = x − n·ln 2, |r| ≤ 0.347.
INLINE vf vreduce(vf x, vf *n) {
  *n = vround(x * 1.44269504f);
  return fma_(*n, vset(2.12194440e-4f), fma_(*n, vset(-0.693359375f), x));
}

/// (eʳ − 1 − r) / r²
INLINE vf exp_tail(vf r) {
  vf p = fma_(vset(1.9875691500e-4f), r, vset(1.3981999507e-3f));
  p = fma_(p, r, vset(8.3334519073e-3f));
  p = fma_(p, r, vset(4.1665795894e-2f));
  p = fma_(p, r, vset(1.6666665459e-1f));
  return fma_(p, r, vset(5.0000001201e-1f));
}

INLINE vf vexp(vf x) {
  vf n, c = x > 89.0f ? vset(89.0f) : x;
  c = c < -105.0f ? vset(-105.0f) : c;
  vf r = vreduce(c, &n);
  return vscale(fma_(exp_tail(r) * r, r, r) + 1.0f, n);
}

INLINE vf vexpm1(vf x) {
  vf n, c = x > 89.0f ? vset(89.0f) : x;
  c = c < -60.0f ? vset(-60.0f) : c;
  vf r = vreduce(c, &n);
  vf p = fma_(exp_tail(r) * r, r, r), half = vscale(vset(0.5f), n);
  vf y = 2.0f * fma_(half, p, half - 0.5f);
  y = x > 88.73f ? vset(INFINITY) : y;
  return x == 0.0f ? x : y;
}

INLINE vf vlog(vf x) {
  vi tiny = x < 0x1p-126f;
  vf scaled = tiny ? x * 0x1p23f : x;
  vi bits = as_int(scaled), e = ((bits >> 23) & 255) - 126;
  vf m = as_float((bits & 0x007fffff) | 0x3f000000);            // 0.5 ≤ m < 1
  vf n = __builtin_convertvector(e, vf) - (tiny ? vset(23.0f) : vset(0.0f));
  vi low = m < 0.707106781f;
  n = low ? n - 1.0f : n;
  m = low ? m + m - 1.0f : m - 1.0f;
  vf z = m * m;
  vf p = fma_(vset(7.0376836292e-2f), m, vset(-1.1514610310e-1f));
  p = fma_(p, m, vset(1.1676998740e-1f));
  p = fma_(p, m, vset(-1.2420140846e-1f));
  p = fma_(p, m, vset(1.4249322787e-1f));
  p = fma_(p, m, vset(-1.6668057665e-1f));
  p = fma_(p, m, vset(2.0000714765e-1f));
  p = fma_(p, m, vset(-2.4999993993e-1f));
  p = fma_(p, m, vset(3.3333331174e-1f));
  vf y = fma_(n, vset(-2.12194440e-4f), p * m * z);
  y = fma_(vset(-0.5f), z, y);
  y = fma_(n, vset(0.693359375f), m + y);
  y = x == INFINITY ? x : y;
  y = x == 0.0f ? vset(-INFINITY) : y;
  return ((x < 0.0f) | (x != x)) ? vset(NAN) : y;
}

/// log(1 + x): the rounding error of 1 + x is put back.
INLINE vf vlog1p(vf x) {
  vf u = x + 1.0f, y = vlog(u) + (x - (u - 1.0f)) / u;
  y = ((x == INFINITY) | (u == 0.0f)) ? vlog(u) : y;
  return u == 1.0f ? x : y;
}

INLINE vf vtanh(vf x) {
  vf a = vabs(x);
  a = a > 10.0f ? vset(10.0f) : a;
  vf e = vexpm1(a + a);
  return vsign_of(e / (e + 2.0f), x);
}

INLINE vf vsigmoid(vf x) {
  vf e = vexp(-vabs(x)), s = 1.0f / (1.0f + e);
  return x < 0.0f ? e * s : s;
}

INLINE vf verf(vf x) {
  vf t = vabs(x), s = x * x;
  t = t > 4.0f ? vset(4.0f) : t;
  s = s > 16.0f ? vset(16.0f) : s;
  vf far = fma_(fma_(vset(-1.72853470e-5f), t, vset(3.83197126e-4f)), s, fma_(vset(-3.88396438e-3f), t, vset(2.42546219e-2f)));
  far = fma_(far, t, vset(-1.06777877e-1f));
  far = fma_(far, t, vset(-6.34846687e-1f));
  far = fma_(far, t, vset(-1.28717512e-1f));
  far = fma_(far, t, -t);
  far = vsign_of(1.0f - vexp(far), x);
  vf near = fma_(vset(-5.96761703e-4f), s, vset(4.99119423e-3f));
  near = fma_(near, s, vset(-2.67681349e-2f));
  near = fma_(near, s, vset(1.12819925e-1f));
  near = fma_(near, s, vset(-3.76125336e-1f));
  near = fma_(near, s, vset(1.28379166e-1f));
  near = fma_(near, x, x);
  return t > 0.927734375f ? far : near;
}

/// sin(x + turns·π/2). Beyond 8192 the reduction in three parts loses digits: the library's function, lane by lane.
INLINE vf vsine(vf x, int turns) {
  vf a = vabs(x), q = vround((a < 8192.0f ? x : vset(0.0f)) * 0.636619772f);
  vf r = fma_(q, vset(-1.5703125f), x);
  r = fma_(q, vset(-4.83751296997e-4f), r);
  r = fma_(q, vset(-7.54978995489e-8f), r);
  vf z = r * r;
  vf s = fma_(fma_(vset(-1.9515295891e-4f), z, vset(8.3321608736e-3f)), z, vset(-1.6666654611e-1f));
  s = fma_(s * z, r, r);
  vf c = fma_(fma_(vset(2.443315711809948e-5f), z, vset(-1.388731625493765e-3f)), z, vset(4.166664568298827e-2f));
  c = fma_(c * z, z, fma_(vset(-0.5f), z, vset(1.0f)));
  vi quadrant = __builtin_convertvector(q, vi) + turns;
  vf y = (quadrant & 1) != 0 ? c : s;
  y = as_float(as_int(y) ^ ((quadrant & 2) << 30));
  for (int i = 0; i < W; i++)
    if (__builtin_expect(!(a[i] < 8192.0f), 0)) y[i] = turns ? cosf(x[i]) : sinf(x[i]);
  return y;
}

INLINE vf vgelu(vf x) {
  vf y = 0.5f * x * (1.0f + verf(x * 0.707106781f));
  return x < -1e4f ? vset(-0.0f) : y;
}

INLINE vf vgelu_tanh(vf x) {
  vf y = 0.5f * x * (1.0f + vtanh(0.797884561f * fma_(x * x * x, vset(0.044715f), x)));
  return x < -1e4f ? vset(-0.0f) : y;
}

/// x·σ(k·x)
INLINE vf vswish(vf x, float k) {
  vf y = x * vsigmoid(k * x);
  return x == -INFINITY ? vset(-0.0f) : y;
}

INLINE vf vsoftplus(vf x) { return vmax(x, vset(0.0f)) + vlog1p(vexp(-vabs(x))); }

INLINE vf vfloor(vf x) {
#if ORK_LEVEL == 0 && !defined(__aarch64__)
  vf whole = __builtin_convertvector(__builtin_convertvector(x, vi), vf);
  whole = whole > x ? whole - 1.0f : whole;
  return vabs(x) < 0x1p23f ? vsign_of(vabs(whole), as_int(whole) == 0 ? x : whole) : x;
#else
  return __builtin_elementwise_floor(x);
#endif
}
