// The inner loops for any processor: SSE2 on x86-64, NEON on aarch64.
#define ORK_LEVEL 0
#define LEVEL_TABLE ork_baseline
#if defined(__aarch64__)
#define LEVEL_NAME "neon"
#else
#define LEVEL_NAME "baseline"
#endif
#include "level/table.h"
