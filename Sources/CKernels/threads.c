// The thread pool: one job at a time, handed out in chunks by an atomic counter; the caller works with the pool.
// Workers watch for the next job for some microseconds, then sleep on a futex, so an idle process uses no processor.
// A call from inside a job, or while another thread has the pool, runs on its own thread: never a deadlock, same bits.
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif
#include "internal.h"

enum { most_threads = 64, watch_turns = 4000 };

typedef struct { int64_t count, grain, chunks; void (*body)(void *, int64_t, int64_t); void *context; } job_t;

static _Atomic int wanted;                              // threads in use, 0: not yet asked
static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;   // held by the thread whose job the pool runs
static int started;                                     // workers that exist (under `owner`)
static job_t job;                                       // written by the owner while no job is open
static _Atomic uint32_t ticket;                         // odd: a job is open; every job has its own number
static _Atomic int64_t next_chunk;
static _Atomic uint32_t active, sleeping;               // workers inside the job; workers on the futex
static _Thread_local int inside;

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void sleep_while(_Atomic uint32_t *word, uint32_t value) {
#if defined(__linux__)
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
#else
  nanosleep(&(struct timespec){0, 50000}, NULL);
#endif
}

static void wake(_Atomic uint32_t *word, int count) {
#if defined(__linux__)
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
#endif
}

static void work(void) {
  const job_t j = job;
  for (;;) {
    int64_t c = atomic_fetch_add_explicit(&next_chunk, 1, memory_order_relaxed);
    if (c >= j.chunks) return;
    j.body(j.context, c * j.grain, ork_min(j.count, (c + 1) * j.grain));
  }
}

static void *worker(void *number) {
  const int me = (int)(intptr_t)number;
  inside = 1;
  uint32_t seen = 0;
  for (;;) {
    uint32_t now = atomic_load(&ticket);
    for (int turn = 0; (now == seen || !(now & 1)) && turn < watch_turns; turn++) {
      pause_briefly();
      now = atomic_load_explicit(&ticket, memory_order_acquire);
    }
    if (now == seen || !(now & 1) || me >= atomic_load(&wanted)) {
      if (now & 1) seen = now;
      atomic_fetch_add(&sleeping, 1);
      sleep_while(&ticket, now);
      atomic_fetch_sub(&sleeping, 1);
      continue;
    }
    seen = now;
    atomic_fetch_add(&active, 1);                       // say so first, then look whether the job is still open:
    if (atomic_load(&ticket) == now) work();            // the owner closes first, then looks whether anybody is inside
    if (atomic_fetch_sub(&active, 1) == 1) wake(&active, 1);
  }
  return NULL;
}

int ork_threads(void) {
  int n = atomic_load_explicit(&wanted, memory_order_relaxed);
  if (n == 0) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    n = (int)ork_max(1, ork_min(processors, most_threads));
    int none = 0;
    if (!atomic_compare_exchange_strong(&wanted, &none, n)) n = none;
  }
  return n;
}

void ork_set_threads(int count) { atomic_store(&wanted, (int)ork_max(1, ork_min(count, most_threads))); }

static void start_workers(int threads) {
  for (; started < threads - 1; started++) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &attributes, worker, (void *)(intptr_t)(started + 1));
    pthread_attr_destroy(&attributes);
    if (failed) return;                                 // fewer workers: slower, same result
  }
}

void ork_parallel(int64_t count, int64_t grain, void (*body)(void *context, int64_t begin, int64_t end), void *context) {
  if (count <= 0) return;
  if (grain < 1) grain = 1;
  const int64_t chunks = ork_ceil_div(count, grain);
  const int threads = ork_threads();
  if (chunks == 1 || threads == 1 || inside || pthread_mutex_trylock(&owner) != 0) {
    for (int64_t c = 0; c < chunks; c++) body(context, c * grain, ork_min(count, (c + 1) * grain));
    return;
  }
  if (started < threads - 1) start_workers(threads);
  inside = 1;
  job = (job_t){count, grain, chunks, body, context};
  atomic_store_explicit(&next_chunk, 0, memory_order_relaxed);
  atomic_fetch_add(&ticket, 1);
  if (atomic_load(&sleeping)) wake(&ticket, threads >= started + 1 ? (int)ork_min(chunks - 1, threads - 1) : started);
  work();
  atomic_fetch_add(&ticket, 1);
  for (int turn = 0;;) {
    uint32_t left = atomic_load(&active);
    if (left == 0) break;
    if (++turn < watch_turns) pause_briefly(); else sleep_while(&active, left);
  }
  inside = 0;
  pthread_mutex_unlock(&owner);
}

// ---- measuring -----------------------------------------------------------------------------------------------------

typedef struct { const char *bytes; uint64_t *sums; int64_t grain; } reading;

static void read_part(void *context, int64_t begin, int64_t end) {
  const reading *r = context;
  uint64_t s[16] = {0}, w[16];
  int64_t i = begin;
  for (; i + 128 <= end; i += 128) {
    memcpy(w, r->bytes + i, 128);
    for (int l = 0; l < 16; l++) s[l] ^= w[l];
  }
  for (; i < end; i++) s[0] ^= (uint64_t)(unsigned char)r->bytes[i];
  for (int l = 1; l < 16; l++) s[0] ^= s[l];
  r->sums[begin / r->grain] = s[0];
}

uint64_t ork_read(const void *x, int64_t bytes) {
  const int64_t grain = 1 << 18;
  if (bytes <= 0) return 0;
  int64_t chunks = ork_ceil_div(bytes, grain);
  uint64_t *sums = malloc((size_t)chunks * 8), all = 0;
  reading r = {x, sums, grain};
  ork_parallel(bytes, grain, read_part, &r);
  for (int64_t c = 0; c < chunks; c++) all ^= sums[c];
  free(sums);
  return all;
}
