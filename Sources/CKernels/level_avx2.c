// The inner loops for x86-64-v3: AVX2, FMA, F16C.
#if defined(__x86_64__)
#include <immintrin.h>
#include "levels.h"
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define ORK_LEVEL 1
#define LEVEL_TABLE ork_avx2
#define LEVEL_NAME "avx2"
#include "level/table.h"
#pragma clang attribute pop
#endif
