// One register of numbers, in three widths: the same source is compiled for each instruction set (ORK_LEVEL).
// Clang's vector types give arithmetic, comparison and selection; only masked access and f16 need intrinsics.
#pragma once
#include "../internal.h"
#if defined(__x86_64__) && ORK_LEVEL > 0
#include <immintrin.h>
#endif

#if ORK_LEVEL == 2
#define W 16
#elif ORK_LEVEL == 1
#define W 8
#else
#define W 4
#endif

// Registers of the inner kernels: 32 on AVX-512 and aarch64, 16 elsewhere.
#if ORK_LEVEL == 2 || defined(__aarch64__)
#define MANY_REGISTERS 1
#else
#define MANY_REGISTERS 0
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((ext_vector_type(W)));
typedef int32_t vi __attribute__((ext_vector_type(W)));
typedef uint32_t vu __attribute__((ext_vector_type(W)));
typedef uint16_t vh __attribute__((ext_vector_type(W)));
typedef float v4 __attribute__((ext_vector_type(4)));
typedef uint16_t h4 __attribute__((ext_vector_type(4)));
typedef uint32_t u4 __attribute__((ext_vector_type(4)));

INLINE vf vset(float f) { return (vf)f; }
INLINE vf vload(const void *p) { vf v; memcpy(&v, p, sizeof v); return v; }
INLINE void vstore(void *p, vf v) { memcpy(p, &v, sizeof v); }
INLINE vi as_int(vf v) { return (vi)v; }
INLINE vf as_float(vi v) { return (vf)v; }
INLINE vf vmax(vf a, vf b) { return a > b ? a : b; }          // b where either is NaN
INLINE vf vmin(vf a, vf b) { return a < b ? a : b; }
INLINE vf vabs(vf a) { return as_float(as_int(a) & 0x7fffffff); }
INLINE vf vsign_of(vf size, vf sign) { return as_float(as_int(size) | (as_int(sign) & (int32_t)0x80000000)); }
INLINE vf vsqrt(vf a) { return __builtin_elementwise_sqrt(a); }

/// a·b + c: one rounding where the processor has it, two on baseline x86 (where the fused one is a library call).
INLINE vf fma_(vf a, vf b, vf c) {
#if ORK_LEVEL == 0 && !defined(__aarch64__)
  return a * b + c;
#else
  return __builtin_elementwise_fma(a, b, c);
#endif
}

/// To the nearest whole number, for |v| < 2²².
INLINE vf vround(vf v) { return (v + 12582912.0f) - 12582912.0f; }

// ---- the last, incomplete register: n of W numbers, the rest zero -------------------------------------------------

INLINE vf vload_n(const void *p, int64_t n) {
#if ORK_LEVEL == 2
  return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#else
  float f[W] = {0};
  for (int64_t i = 0; i < n; i++) memcpy(f + i, (const char *)p + 4 * i, 4);
  return vload(f);
#endif
}

INLINE void vstore_n(float *p, vf v, int64_t n) {
#if ORK_LEVEL == 2
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
  float f[W];
  vstore(f, v);
  for (int64_t i = 0; i < n; i++) p[i] = f[i];
#endif
}

INLINE vf vload_some(const void *p, int64_t n) { return n >= W ? vload(p) : vload_n(p, n); }
INLINE void vstore_some(float *p, vf v, int64_t n) { if (n >= W) vstore(p, v); else vstore_n(p, v, n); }

/// v in the first n lanes, `other` in the rest.
INLINE vf vfirst(vf v, int64_t n, float other) {
  vi lane;
  for (int i = 0; i < W; i++) lane[i] = i;
  return lane < (vi)(int32_t)ork_min(n, W) ? v : vset(other);
}

// ---- weights: f32, f16 or bf16 at any address ------------------------------------------------------------------------

INLINE vf widen_f16(vh h) {
#if ORK_LEVEL == 2
  __m256i bits;
  memcpy(&bits, &h, sizeof bits);
  return (vf)_mm512_cvtph_ps(bits);
#elif ORK_LEVEL == 1
  __m128i bits;
  memcpy(&bits, &h, sizeof bits);
  return (vf)_mm256_cvtph_ps(bits);
#else
  vu u = __builtin_convertvector(h, vu);
  vu sign = (u & 0x8000) << 16, rest = (u & 0x7fff) << 13;
  vf scaled = (vf)rest * 0x1p112f;                             // rebases the exponent, subnormals as well
  vu special = (u & 0x7c00) == 0x7c00 ? rest | 0x7f800000u : (vu)scaled;
  return (vf)(special | sign);
#endif
}

INLINE vf widen_bf16(vh h) { return (vf)(__builtin_convertvector(h, vu) << 16); }

/// W numbers from element `index` on. `type` is a constant wherever this is inlined.
INLINE vf wload(const void *p, ork_type type, int64_t index) {
  if (type == ORK_F32) return vload((const char *)p + 4 * index);
  vh h;
  memcpy(&h, (const char *)p + 2 * index, sizeof h);
  return type == ORK_F16 ? widen_f16(h) : widen_bf16(h);
}

INLINE vf wload_n(const void *p, ork_type type, int64_t index, int64_t n) {
  if (type == ORK_F32) return vload_n((const char *)p + 4 * index, n);
  vh h = 0;
#if ORK_LEVEL == 2
  __m256i some = _mm256_maskz_loadu_epi16((__mmask16)((1u << n) - 1), (const char *)p + 2 * index);
  memcpy(&h, &some, sizeof h);
#else
  uint16_t part[W] = {0};
  for (int64_t i = 0; i < n; i++) memcpy(part + i, (const char *)p + 2 * (index + i), 2);
  memcpy(&h, part, sizeof h);
#endif
  return type == ORK_F16 ? widen_f16(h) : widen_bf16(h);
}

// ---- sums over lanes, always added in this order: halves, quarters, then (0+2)+(1+3) ------------------------------------

#if W == 16
#define HALVES(a, b) (__builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) \
                    + __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#define QUARTERS(a, b) (__builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) \
                      + __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
#elif W == 8
#define QUARTERS(a, b) (__builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) \
                      + __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15))
#endif

/// [Σa, Σb, Σc, Σd]
INLINE v4 vsum4(vf a, vf b, vf c, vf d) {
#if W == 16
  vf r = QUARTERS(HALVES(a, b), HALVES(c, d));
  r += __builtin_shufflevector(r, r, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  r += __builtin_shufflevector(r, r, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  return __builtin_shufflevector(r, r, 0, 4, 8, 12);
#elif W == 8
  vf r = QUARTERS(a, b), s = QUARTERS(c, d);
  vf t = __builtin_shufflevector(r, s, 0, 1, 8, 9, 4, 5, 12, 13) + __builtin_shufflevector(r, s, 2, 3, 10, 11, 6, 7, 14, 15);
  t += __builtin_shufflevector(t, t, 1, 0, 3, 2, 5, 4, 7, 6);
  return __builtin_shufflevector(t, t, 0, 4, 2, 6);
#else
  vf r = __builtin_shufflevector(a, b, 0, 1, 4, 5) + __builtin_shufflevector(a, b, 2, 3, 6, 7);
  vf s = __builtin_shufflevector(c, d, 0, 1, 4, 5) + __builtin_shufflevector(c, d, 2, 3, 6, 7);
  return __builtin_shufflevector(r, s, 0, 2, 4, 6) + __builtin_shufflevector(r, s, 1, 3, 5, 7);
#endif
}

INLINE float vsum(vf a) { return vsum4(a, a, a, a)[0]; }

INLINE float vlargest(vf a) {
  float most = a[0];
  for (int i = 1; i < W; i++) most = a[i] > most ? a[i] : most;
  return most;
}
