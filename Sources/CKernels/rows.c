// Softmax, norms, reductions and rotation: rows divided over the threads, each row whole on one of them.
#include "levels.h"

typedef enum { softmax, log_softmax, rms_norm, layer_norm, reduction } row_kind;
typedef struct {
  const ork_level *inner; row_kind kind; ork_reduction r;
  const float *x, *gain, *bias; float *y; int64_t xs, ys, width; float eps;
} row_job;

static void rows_part(void *context, int64_t begin, int64_t end) {
  const row_job *j = context;
  for (int64_t i = begin; i < end; i++) {
    const float *x = j->x + i * j->xs;
    float *y = j->y + i * j->ys;
    switch (j->kind) {
      case softmax: j->inner->softmax(x, y, j->width); break;
      case log_softmax: j->inner->log_softmax(x, y, j->width); break;
      case rms_norm: j->inner->rms_norm(x, j->gain, y, j->width, j->eps); break;
      case layer_norm: j->inner->layer_norm(x, j->gain, j->bias, y, j->width, j->eps); break;
      case reduction: *y = j->inner->reduce(j->r, x, j->width); break;
    }
  }
}

/// `part`: numbers that are worth handing to a thread.
static void run(const row_job *j, int64_t rows, int64_t part) {
  ork_parallel(rows, ork_ceil_div(part, ork_max(1, j->width)), rows_part, (void *)j);
}

void ork_softmax(const float *x, int64_t xs, float *y, int64_t ys, int64_t rows, int64_t width) {
  row_job j = {.inner = ork_inner(), .kind = softmax, .x = x, .xs = xs, .y = y, .ys = ys, .width = width};
  run(&j, rows, 1 << 13);
}

void ork_log_softmax(const float *x, int64_t xs, float *y, int64_t ys, int64_t rows, int64_t width) {
  row_job j = {.inner = ork_inner(), .kind = log_softmax, .x = x, .xs = xs, .y = y, .ys = ys, .width = width};
  run(&j, rows, 1 << 13);
}

void ork_rms_norm(const float *x, int64_t xs, const float *gain, float *y, int64_t ys, int64_t rows, int64_t width, float eps) {
  row_job j = {.inner = ork_inner(), .kind = rms_norm, .x = x, .xs = xs, .gain = gain, .y = y, .ys = ys, .width = width, .eps = eps};
  run(&j, rows, 1 << 15);
}

void ork_layer_norm(const float *x, int64_t xs, const float *gain, const float *bias, float *y, int64_t ys,
                    int64_t rows, int64_t width, float eps) {
  row_job j = {.inner = ork_inner(), .kind = layer_norm, .x = x, .xs = xs, .gain = gain, .bias = bias, .y = y, .ys = ys,
               .width = width, .eps = eps};
  run(&j, rows, 1 << 15);
}

void ork_reduce(ork_reduction r, const float *x, int64_t xs, float *y, int64_t rows, int64_t width) {
  row_job j = {.inner = ork_inner(), .kind = reduction, .r = r, .x = x, .xs = xs, .y = y, .ys = 1, .width = width};
  run(&j, rows, 1 << 15);
}

// ---- rotation: the positions of a head ------------------------------------------------------------------------------

typedef struct {
  const ork_level *inner; const float *x; int64_t x_batch, x_row, x_head; float *y; int64_t rows, heads, width, rotary; int half;
  const float *cosines, *sines; const int32_t *index; int64_t index_batch;
} rotate_job;

static void rotate_part(void *context, int64_t begin, int64_t end) {
  const rotate_job *j = context;
  for (int64_t i = begin; i < end; i++) {
    const int64_t b = i / j->rows, r = i % j->rows, table = j->index[b * j->index_batch + r] * (j->rotary / 2);
    for (int64_t h = 0; h < j->heads; h++)
      j->inner->rotate(j->x + b * j->x_batch + r * j->x_row + h * j->x_head, j->y + (i * j->heads + h) * j->width,
                       j->width, j->rotary, j->half, j->cosines + table, j->sines + table);
  }
}

void ork_rotate(const float *x, int64_t x_batch, int64_t x_row, int64_t x_head, float *y, int64_t batch, int64_t rows,
                int64_t heads, int64_t width, int64_t rotary, int half, const float *cosines, const float *sines,
                const int32_t *index, int64_t index_batch) {
  rotate_job j = {ork_inner(), x, x_batch, x_row, x_head, y, rows, heads, width, rotary, half, cosines, sines, index, index_batch};
  ork_parallel(batch * rows, ork_ceil_div(1 << 14, ork_max(1, heads * width)), rotate_part, &j);
}
