// What the kernels share among themselves: number formats one at a time, and small helpers. Not seen from Swift.
#pragma once
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "CKernels.h"

static inline float ork_from_bits(uint32_t bits) { float f; memcpy(&f, &bits, 4); return f; }
static inline uint32_t ork_to_bits(float f) { uint32_t bits; memcpy(&bits, &f, 4); return bits; }

static inline float ork_bf16(uint16_t h) { return ork_from_bits((uint32_t)h << 16); }

/// IEEE half to single: the exponent is rebased by a multiplication, which handles subnormals as well.
static inline float ork_f16(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = (uint32_t)(h & 0x7fff) << 13;
  if ((h & 0x7c00) == 0x7c00) return ork_from_bits(sign | rest | 0x7f800000);
  return ork_from_bits(sign | ork_to_bits(ork_from_bits(rest) * 0x1p112f));
}

/// Single to bf16, round to nearest even; NaN stays NaN.
static inline uint16_t ork_to_bf16(float f) {
  uint32_t u = ork_to_bits(f);
  if (f != f) return (uint16_t)((u >> 16) | 0x40);
  return (uint16_t)((u + 0x7fff + ((u >> 16) & 1)) >> 16);
}

/// Single to half, round to nearest even: adding a power of two of the right size rounds the mantissa.
static inline uint16_t ork_to_f16(float f) {
  uint32_t u = ork_to_bits(f), sign = (u >> 16) & 0x8000, a = u & 0x7fffffff;
  if (a > 0x7f800000) return (uint16_t)(sign | 0x7e00 | ((a >> 13) & 0x3ff));
  if (a >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
  if (a < 0x38800000) return (uint16_t)(sign | (ork_to_bits(ork_from_bits(a) + 0.5f) - 0x3f000000));
  return (uint16_t)(sign | ((a + 0xfff + ((a >> 13) & 1) - 0x38000000) >> 13));
}

static inline int64_t ork_bytes(ork_type type) { return type == ORK_F32 ? 4 : 2; }

static inline float ork_load(const void *p, ork_type type, int64_t index) {
  if (type == ORK_F32) { float f; memcpy(&f, (const char *)p + 4 * index, 4); return f; }
  uint16_t h;
  memcpy(&h, (const char *)p + 2 * index, 2);
  return type == ORK_F16 ? ork_f16(h) : ork_bf16(h);
}

static inline int64_t ork_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t ork_max(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t ork_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline int ork_stopped(ork_stop stop) { return stop && *stop; }
