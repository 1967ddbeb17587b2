// The batched product with any strides: many products are divided over the threads whole, few by their columns.
#include "product.h"

typedef struct { ork_product p; int rank; const int64_t *batch, *sa, *sb, *sc; } batch_job;

static ork_product item(const batch_job *j, int64_t index) {
  ork_product p = j->p;
  int64_t ob = 0;
  for (int d = j->rank - 1; d >= 0; d--) {
    const int64_t at = index % j->batch[d];
    index /= j->batch[d];
    p.a += at * j->sa[d];
    ob += at * j->sb[d];
    p.c += at * j->sc[d];
  }
  p.b = (const char *)p.b + ob * ork_bytes(p.type);
  return p;
}

static void items_part(void *context, int64_t begin, int64_t end) {
  const batch_job *j = context;
  for (int64_t i = begin; i < end && !ork_stopped(j->p.stop); i++) {
    const ork_product p = item(j, i);
    ork_multiply_here(&p);
  }
}

int ork_matmul(int rank, const int64_t *batch, const int64_t *sa, const int64_t *sb, const int64_t *sc,
               const float *a, int64_t ra, int64_t ca, const void *b, ork_type type, int64_t rb, int64_t cb,
               float *c, int64_t rc, int64_t m, int64_t n, int64_t k, float alpha, ork_stop stop) {
  int64_t items = 1;
  for (int d = 0; d < rank; d++) items *= batch[d];
  if (items <= 0 || m <= 0 || n <= 0) return 0;
  const batch_job j = {{ork_inner(), a, ra, ca, b, type, rb, cb, c, rc, m, n, k, alpha, NULL, stop}, rank, batch, sa, sb, sc};
  const int64_t work = m * n * ork_max(1, k), worth = 1 << 17;
  if (items >= 4) ork_parallel(items, ork_max(1, worth / work), items_part, (void *)&j);
  else for (int64_t i = 0; i < items && !ork_stopped(stop); i++) {
    const ork_product p = item(&j, i);
    ork_multiply(&p);
  }
  return ork_stopped(stop);
}
