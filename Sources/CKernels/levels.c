// Which instruction set is in use (asked of the processor once), and the buffers that the inner loops work in.
#include <pthread.h>
#include <stdatomic.h>
#include "levels.h"

static _Atomic(const ork_level *) chosen;

static int highest(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  if (v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
      && __builtin_cpu_supports("avx512vl")) return 2;
  return v3;
#else
  return 0;
#endif
}

void ork_limit_instructions(int level) {
  level = (int)ork_max(0, ork_min(level, highest()));
#if defined(__x86_64__)
  atomic_store(&chosen, level == 2 ? &ork_avx512 : level == 1 ? &ork_avx2 : &ork_baseline);
#else
  atomic_store(&chosen, &ork_baseline);
#endif
}

const ork_level *ork_inner(void) {
  const ork_level *inner = atomic_load_explicit(&chosen, memory_order_acquire);
  if (inner) return inner;
  ork_limit_instructions(2);
  return atomic_load(&chosen);
}

const char *ork_instructions(void) { return ork_inner()->name; }

// ---- scratch: grown, kept for the next call, freed with its thread -----------------------------------------------------

typedef struct { float *at; int64_t count; } buffer;
static _Thread_local buffer buffers[ork_slots];
static pthread_key_t ending;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_all(void *mine) { for (int s = 0; s < ork_slots; s++) free(((buffer *)mine)[s].at); }
static void make_key(void) { pthread_key_create(&ending, free_all); }

float *ork_scratch(int slot, int64_t count) {
  buffer *b = &buffers[slot];
  if (b->count >= count) return b->at;
  pthread_once(&once, make_key);
  pthread_setspecific(ending, buffers);
  free(b->at);
  b->count = (count + 4095) / 4096 * 4096;
  b->at = aligned_alloc(64, (size_t)b->count * 4);
  if (!b->at) abort();
  return b->at;
}
