// Which instruction set is in use (asked of the processor once), and the buffers that the inner loops work in.
#include <pthread.h>
#include <stdatomic.h>
#include "levels.h"

static _Atomic(const ork_level *) widest;
static _Thread_local const ork_level *limited;       // of this thread, so that a test does not disturb its neighbours

#if defined(__x86_64__)
static int highest(void) {
  __builtin_cpu_init();
  const int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  if (v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
      && __builtin_cpu_supports("avx512vl")) return 2;
  return v3;
}
#endif

static const ork_level *at_most(int level) {
#if defined(__x86_64__)
  level = (int)ork_max(0, ork_min(level, highest()));
  return level == 2 ? &ork_avx512 : level == 1 ? &ork_avx2 : &ork_baseline;
#else
  (void)level;
  return &ork_baseline;
#endif
}

void ork_limit_instructions(int level) { limited = at_most(level); }

const ork_level *ork_inner(void) {
  if (limited) return limited;
  const ork_level *inner = atomic_load_explicit(&widest, memory_order_acquire);
  if (inner) return inner;
  inner = at_most(2);
  atomic_store(&widest, inner);
  return inner;
}

const char *ork_instructions(void) { return ork_inner()->name; }

// ---- scratch: grown, kept for the next call, freed with its thread -----------------------------------------------------

typedef struct { float *at; int64_t count; } buffer;
static _Thread_local buffer buffers[ork_slots];
static pthread_key_t ending;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_all(void *mine) {
  for (int s = 0; s < ork_slots; s++) { free(((buffer *)mine)[s].at); ((buffer *)mine)[s] = (buffer){0}; }
}
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
