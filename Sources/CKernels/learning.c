// What an optimiser does to the parameters of a model: all of them in one hand-over to the threads, each cut into pieces of the same size.
#include "levels.h"

enum { piece = 1 << 13 };

/// The pieces of all parameters in a row: which parameter a piece belongs to is found by halving.
typedef struct {
  const ork_level *inner;
  int count;
  const ork_learned *parts;
  const int64_t *first;                 // [count + 1] number of each parameter's first piece
  const ork_adamw_settings *adamw;
  const ork_momentum_settings *momentum;
  float share;
  double *sums;
} job_t;

static void one(const job_t *j, int64_t number) {
  int low = 0, high = j->count - 1;
  while (low < high) {
    const int middle = (low + high + 1) / 2;
    if (j->first[middle] <= number) low = middle; else high = middle - 1;
  }
  const ork_learned *p = &j->parts[low];
  const int64_t at = (number - j->first[low]) * piece, n = ork_min(piece, p->count - at);
  if (j->adamw) j->inner->adamw(j->adamw, p->decay, p->w + at, p->g + at, p->m + at, p->v + at, n);
  else if (j->momentum) j->inner->momentum(j->momentum, p->decay, p->w + at, p->g + at, p->m + at, n);
  else if (j->sums) j->sums[number] = j->inner->squares(p->g + at, n);
  else j->inner->average(p->w + at, p->g + at, n, j->share);
}

static void some(void *context, int64_t begin, int64_t end) {
  for (int64_t number = begin; number < end; number++) one(context, number);
}

/// Runs the job over all pieces; the number of pieces.
static int64_t over_all(job_t *j, int count, const ork_learned *parts, int sums) {
  int64_t *first = malloc(sizeof(int64_t) * (size_t)(count + 1));
  if (!first) abort();
  first[0] = 0;
  for (int i = 0; i < count; i++) first[i + 1] = first[i] + ork_ceil_div(parts[i].count, piece);
  const int64_t total = first[count];
  j->inner = ork_inner();
  j->count = count;
  j->parts = parts;
  j->first = first;
  if (sums) {
    j->sums = malloc(sizeof(double) * (size_t)(total + 1));
    if (!j->sums) abort();
  }
  ork_parallel(total, 4, some, j);
  free(first);
  return total;
}

void ork_adamw(int count, const ork_learned *parts, const ork_adamw_settings *settings) {
  job_t j = {.adamw = settings};
  over_all(&j, count, parts, 0);
}

void ork_momentum(int count, const ork_learned *parts, const ork_momentum_settings *settings) {
  job_t j = {.momentum = settings};
  over_all(&j, count, parts, 0);
}

void ork_average(int count, const ork_learned *parts, float share) {
  job_t j = {.share = share};
  over_all(&j, count, parts, 0);
}

double ork_sum_of_squares(int count, const ork_learned *parts) {
  job_t j = {0};
  const int64_t pieces = over_all(&j, count, parts, 1);
  double total = 0;
  for (int64_t i = 0; i < pieces; i++) total += j.sums[i];
  free(j.sums);
  return total;
}
