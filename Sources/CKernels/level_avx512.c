// The inner loops for x86-64-v4: AVX-512 F, BW, DQ, VL.
#if defined(__x86_64__)
#include <immintrin.h>
#include "levels.h"
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)
#define ORK_LEVEL 2
#define LEVEL_TABLE ork_avx512
#define LEVEL_NAME "avx512"
#include "level/table.h"
#pragma clang attribute pop
#endif
