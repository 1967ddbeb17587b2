// Linear layers: weights stored [out, in], so k is contiguous on both sides.
#include "product.h"

static ork_product layer(const ork_level *inner, const float *x, int64_t ldx, int64_t m, int64_t k, const ork_weight *w, ork_stop stop) {
  return (ork_product){inner, x, ldx, 1, w->w, w->type, 1, w->ldw, w->y, w->ldy, m, w->n, k, 1, w->bias, stop};
}

int ork_linear(const float *x, int64_t ldx, const void *w, ork_type type, int64_t ldw, const float *bias,
               float *y, int64_t ldy, int64_t m, int64_t n, int64_t k, ork_stop stop) {
  if (m <= 0 || n <= 0) return 0;
  const ork_weight weight = {w, type, ldw, bias, y, ldy, n};
  const ork_product p = layer(ork_inner(), x, ldx, m, k, &weight, stop);
  ork_multiply(&p);
  return ork_stopped(stop);
}

// ---- several layers of one x: their rows are counted through, and the parts cut from that ----------------------------------

typedef struct { const ork_level *inner; const float *x; int64_t ldx, m, k; const ork_weight *weights; ork_stop stop; } linears_job;

static void rows_part(void *context, int64_t begin, int64_t end) {
  const linears_job *j = context;
  for (const ork_weight *w = j->weights; begin < end; w++) {
    if (begin < w->n) {
      const int64_t rows = ork_min(end, w->n) - begin;
      const ork_weight part = {(const char *)w->w + begin * w->ldw * ork_bytes(w->type), w->type, w->ldw,
                               w->bias ? w->bias + begin : NULL, w->y + begin, w->ldy, rows};
      const ork_product p = layer(j->inner, j->x, j->ldx, j->m, j->k, &part, j->stop);
      ork_multiply_here(&p);
      begin += rows;
    }
    begin -= w->n;
    end -= w->n;
  }
}

int ork_linears(const float *x, int64_t ldx, int64_t m, int64_t k, int count, const ork_weight *weights, ork_stop stop) {
  int64_t n = 0;
  for (int i = 0; i < count; i++) n += ork_max(0, weights[i].n);
  if (m <= 0 || n <= 0) return 0;
  const ork_level *inner = ork_inner();
  if (m <= ork_few_rows) {
    linears_job j = {inner, x, ldx, m, k, weights, stop};
    const int64_t grain = m * n * k <= ork_small_work ? n : ork_part_rows(k * ork_bytes(weights[0].type), n);
    ork_parallel(n, grain, rows_part, &j);
  } else for (int i = 0; i < count && !ork_stopped(stop); i++) {
    if (weights[i].n <= 0) continue;
    const ork_product p = layer(inner, x, ldx, m, k, &weights[i], stop);
    ork_multiply(&p);
  }
  return ork_stopped(stop);
}
