// The packed product, shared by linear.c and matmul.c.
#pragma once
#include "levels.h"

/// c[i,j] = alpha·Σ a[i,p]·b[p,j] + bias[j]; a[i·ra + p·ca], b[p·rb + j·cb], c[i·rc + j].
typedef struct {
  const ork_level *inner;
  const float *a; int64_t ra, ca;
  const void *b; ork_type type; int64_t rb, cb;
  float *c; int64_t rc, m, n, k;
  float alpha; const float *bias; ork_stop stop;
} ork_product;

/// Few rows whose k lies contiguous on both sides: b is read in place. Otherwise packed panels. Up to this many rows
/// reading in place is the faster.
enum { ork_few_rows = 24 };

static const int64_t ork_small_work = 1 << 18;    // multiply-adds that are not worth a hand-over to another thread
/// Rows of b, `bytes` each, that are worth a hand-over when read in place.
static inline int64_t ork_part_rows(int64_t bytes, int64_t rows) {
  // Long parts keep the memory streaming: two for each thread, so that one that was held up is helped.
  const int64_t part = ork_max(1 << 16, bytes * rows / (2 * ork_threads()));
  return ork_max(8, (part / ork_max(1, bytes)) & ~(int64_t)3);
}

/// With all threads, over the columns.
void ork_multiply(const ork_product *p);
/// On the calling thread.
void ork_multiply_here(const ork_product *p);
