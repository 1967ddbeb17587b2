// The way back through functions of a number, softmax, the norms and stretched axes. What is added up over rows is added within blocks of a fixed
// number of rows and then block by block: the same bits for any number of threads.
#include "levels.h"

enum { grain = 1 << 13, block = 32 };

typedef struct { const ork_level *inner; ork_unary_op op; const float *x, *up, *g; float *dx, *dup; } slope_job;

static void slope_part(void *context, int64_t begin, int64_t end) {
  const slope_job *j = context;
  if (j->up) j->inner->gated_slope(j->op, j->x + begin, j->up + begin, j->g + begin, j->dx + begin, j->dup + begin, end - begin);
  else j->inner->slope(j->op, j->x + begin, j->g + begin, j->dx + begin, end - begin);
}

void ork_unary_gradient(ork_unary_op op, const float *x, const float *g, float *dx, int64_t count) {
  slope_job j = {ork_inner(), op, x, NULL, g, dx, NULL};
  ork_parallel(count, grain, slope_part, &j);
}

void ork_gated_gradient(ork_unary_op op, const float *gate, const float *up, const float *g, float *dgate, float *dup, int64_t count) {
  slope_job j = {ork_inner(), op, gate, up, g, dgate, dup};
  ork_parallel(count, grain, slope_part, &j);
}

typedef struct { const ork_level *inner; const float *y, *g; float *dx; int64_t width; int logarithm; } softmax_job;

static void softmax_part(void *context, int64_t begin, int64_t end) {
  const softmax_job *j = context;
  for (int64_t i = begin; i < end; i++) j->inner->softmax_back(j->y + i * j->width, j->g + i * j->width, j->dx + i * j->width, j->width, j->logarithm);
}

void ork_softmax_gradient(const float *y, const float *g, float *dx, int64_t rows, int64_t width, int logarithm) {
  softmax_job j = {ork_inner(), y, g, dx, width, logarithm};
  ork_parallel(rows, ork_ceil_div(grain, ork_max(1, width)), softmax_part, &j);
}

// ---- sums over rows ------------------------------------------------------------------------------------------------

typedef struct {
  const ork_level *inner; const float *x, *gain, *g; float *dx, *dgain, *dbias; int64_t xs, rows, width; float eps; int centred;
} norm_job;

static void norm_blocks(void *context, int64_t begin, int64_t end) {
  const norm_job *j = context;
  for (int64_t b = begin; b < end; b++)
    for (int64_t i = b * block; i < ork_min((b + 1) * block, j->rows); i++)
      j->inner->norm_back(j->x + i * j->xs, j->gain, j->g + i * j->width, j->dx ? j->dx + i * j->width : NULL, j->dgain ? j->dgain + b * j->width : NULL,
                          j->dbias ? j->dbias + b * j->width : NULL, j->width, j->eps, j->centred);
}

/// Adds the blocks' sums in order; of no blocks the sum is 0.
static void joined(const ork_level *inner, const float *parts, int64_t blocks, int64_t width, float *sum) {
  if (blocks == 0) { memset(sum, 0, (size_t)width * 4); return; }
  memcpy(sum, parts, (size_t)width * 4);
  for (int64_t b = 1; b < blocks; b++) inner->add(parts + b * width, sum, width);
}

int ork_norm_gradient(const float *x, int64_t xs, const float *gain, const float *g, float *dx, float *dgain, float *dbias, int64_t rows, int64_t width,
                      float eps, int centred) {
  const int64_t blocks = ork_ceil_div(rows, block), room = blocks * width;
  float *parts = NULL;
  if (dgain || dbias) {
    parts = calloc((size_t)ork_max(1, 2 * room), 4);
    if (!parts) return 0;
  }
  norm_job j = {ork_inner(), x, gain, g, dx, dgain ? parts : NULL, dbias ? parts + room : NULL, xs, rows, width, eps, centred};
  ork_parallel(blocks, ork_ceil_div(grain, ork_max(1, block * width)), norm_blocks, &j);
  if (dgain) joined(j.inner, parts, blocks, width, dgain);
  if (dbias) joined(j.inner, parts + room, blocks, width, dbias);
  free(parts);
  return 1;
}

typedef struct { const ork_level *inner; const float *x; float *parts; int64_t xs, rows, width; } columns_job;

static void column_blocks(void *context, int64_t begin, int64_t end) {
  const columns_job *j = context;
  for (int64_t b = begin; b < end; b++) {
    float *sum = j->parts + b * j->width;
    memset(sum, 0, (size_t)j->width * 4);
    for (int64_t i = b * block; i < ork_min((b + 1) * block, j->rows); i++) j->inner->add(j->x + i * j->xs, sum, j->width);
  }
}

int ork_column_sums(const float *x, int64_t xs, float *y, int64_t rows, int64_t width) {
  memset(y, 0, (size_t)width * 4);
  if (rows <= 0 || width <= 0) return 1;
  const int64_t blocks = ork_ceil_div(rows, block);
  float *parts = malloc((size_t)(blocks * width) * 4);
  if (!parts) return 0;
  columns_job j = {ork_inner(), x, parts, xs, rows, width};
  ork_parallel(blocks, ork_ceil_div(grain * 4, block * width), column_blocks, &j);
  joined(j.inner, parts, blocks, width, y);
  free(parts);
  return 1;
}
