// Walking through an array with any strides (up to two operands) in the order of a contiguous result.
// Axes of size 1 are dropped and axes that continue each other are joined, so most walks become long runs.
#pragma once
#include "internal.h"

enum { ork_most_axes = 8 };
typedef struct { int rank; int64_t total, shape[ork_most_axes], a[ork_most_axes], b[ork_most_axes]; } ork_walk;
typedef struct { int64_t at[ork_most_axes], a, b; } ork_place;

static inline ork_walk ork_joined(int rank, const int64_t *shape, const int64_t *a, const int64_t *b) {
  ork_walk w = {.total = 1};
  for (int d = 0; d < rank; d++) {
    w.total *= shape[d];
    if (shape[d] == 1) continue;
    const int last = w.rank - 1;
    if (w.rank && w.a[last] == a[d] * shape[d] && w.b[last] == b[d] * shape[d]) w.shape[last] *= shape[d];
    else w.shape[w.rank++] = shape[d];
    w.a[w.rank - 1] = a[d];
    w.b[w.rank - 1] = b[d];
  }
  if (w.rank == 0) w = (ork_walk){1, w.total, {1}, {1}, {1}};
  return w;
}

/// Where the result's element `index` comes from.
static inline ork_place ork_at(const ork_walk *w, int64_t index) {
  ork_place p = {0};
  for (int d = w->rank - 1; d >= 0; d--) {
    p.at[d] = index % w->shape[d];
    index /= w->shape[d];
    p.a += p.at[d] * w->a[d];
    p.b += p.at[d] * w->b[d];
  }
  return p;
}

/// Goes on by a whole step of axis `d`, carrying into the axes before it.
static inline void ork_step(const ork_walk *w, ork_place *p, int d) {
  for (; d >= 0; d--) {
    p->a += w->a[d];
    p->b += w->b[d];
    if (++p->at[d] < w->shape[d]) return;
    p->a -= w->a[d] * w->shape[d];
    p->b -= w->b[d] * w->shape[d];
    p->at[d] = 0;
  }
}

/// Calls RUN(place, length) for every run along the last axis inside begin ..< end; `done` numbers lie before the run.
#define ORK_RUNS(w, begin, end, place, length, RUN) do { \
  const int last_ = (w)->rank - 1; \
  ork_place place = ork_at(w, begin); \
  for (int64_t i_ = (begin), length; i_ < (end); i_ += length) { \
    length = ork_min((w)->shape[last_] - place.at[last_], (end) - i_); \
    RUN; \
    place.a -= place.at[last_] * (w)->a[last_]; \
    place.b -= place.at[last_] * (w)->b[last_]; \
    place.at[last_] = 0; \
    ork_step(w, &place, last_ - 1); \
  } } while (0)
