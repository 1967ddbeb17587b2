// Products of matrices. Few rows: b is read once, in place. Many: m × k blocks of a are packed once and shared, each thread packs its own
// columns of b. The two ways round differently; within each, a row of the result does not depend on the other rows.
#include "product.h"

enum { most_rows = 516, most_steps = 768, panels_a_part = 4 };

typedef struct { const ork_product *p; float *packed; int64_t row, rows; } block_job;

static inline int64_t aligned_rows(const ork_product *p) { return most_rows / p->inner->left * p->inner->left; }

static void pack_part(void *context, int64_t begin, int64_t end) {
  const block_job *j = context;
  const ork_product *p = j->p;
  for (int64_t at = 0; at < p->k; at += most_steps) {
    const int64_t steps = ork_min(most_steps, p->k - at);
    p->inner->pack_left(p->a + (j->row + begin) * p->ra + at * p->ca, p->ra, p->ca, end - begin, steps,
                        j->packed + at * j->rows + begin * steps);
  }
}

/// Columns begin ..< end of the block of rows.
static void columns_part(void *context, int64_t begin, int64_t end) {
  const block_job *j = context;
  const ork_product *p = j->p;
  const int64_t right = p->inner->right, size = ork_bytes(p->type);
  float *panel = ork_scratch(ork_slot_right, most_steps * right);
  for (int64_t at = 0; at == 0 || at < p->k; at += most_steps) {
    const int64_t steps = ork_min(most_steps, p->k - at);
    for (int64_t col = begin; col < end; col += right) {
      if (ork_stopped(p->stop)) return;
      const int64_t cols = ork_min(right, end - col);
      const char *b = (const char *)p->b + (at * p->rb + col * p->cb) * size;
      const int unpacked = p->type == ORK_F32 && p->cb == 1 && cols == right && j->rows <= 2 * p->inner->left;
      if (!unpacked) p->inner->pack_right(b, p->type, p->rb, p->cb, cols, steps, panel);
      p->inner->multiply(j->packed + at * j->rows, j->rows, steps, unpacked ? (const float *)b : panel, unpacked ? p->rb : right,
                         p->c + j->row * p->rc + col, p->rc, cols, at == 0, at + most_steps >= p->k, p->alpha,
                         p->bias ? p->bias + col : NULL);
    }
  }
}

static int in_place(const ork_product *p) { return p->m <= ork_few_rows && p->ca == 1 && p->rb == 1; }

/// Columns begin ..< end, b read where it lies.
static void dots_part(void *context, int64_t begin, int64_t end) {
  const ork_product *p = context;
  if (ork_stopped(p->stop)) return;
  p->inner->dots(p->type, p->a, p->ra, (const char *)p->b + begin * p->cb * ork_bytes(p->type), p->cb,
                 p->bias ? p->bias + begin : NULL, p->c + begin, p->rc, p->m, end - begin, p->k, p->alpha);
}

/// Panels of b that a thread takes at a time: two turns for each, so that narrow products are divided as well.
static int64_t part_panels(const ork_product *p) {
  return ork_max(1, ork_min(panels_a_part, ork_ceil_div(p->n, p->inner->right) / (2 * ork_threads())));
}

void ork_multiply(const ork_product *p) {
  if (p->m * p->n * p->k <= ork_small_work) { ork_multiply_here(p); return; }
  if (in_place(p)) {
    ork_parallel(p->n, ork_part_rows(p->k * ork_bytes(p->type), p->n), dots_part, (void *)p);
    return;
  }
  for (int64_t row = 0; row < p->m; row += aligned_rows(p)) {
    block_job j = {p, NULL, row, ork_min(aligned_rows(p), p->m - row)};
    j.packed = ork_scratch(ork_slot_left, j.rows * p->k);
    ork_parallel(j.rows, p->inner->left * 4, pack_part, &j);
    ork_parallel(p->n, p->inner->right * part_panels(p), columns_part, &j);
    if (ork_stopped(p->stop)) return;
  }
}

void ork_multiply_here(const ork_product *p) {
  if (in_place(p)) { dots_part((void *)p, 0, p->n); return; }
  for (int64_t row = 0; row < p->m; row += aligned_rows(p)) {
    block_job j = {p, NULL, row, ork_min(aligned_rows(p), p->m - row)};
    j.packed = ork_scratch(ork_slot_left, j.rows * p->k);
    pack_part(&j, 0, j.rows);
    columns_part(&j, 0, p->n);
    if (ork_stopped(p->stop)) return;
  }
}
