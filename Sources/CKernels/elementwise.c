// Functions of one and two numbers, over arrays. Long arrays are divided over the threads.
#include "levels.h"
#include "walk.h"

enum { heavy_grain = 1 << 13, light_grain = 1 << 16, buffered = 256 };

static int64_t grain_of(ork_unary_op op) {
  switch (op) {
    case ORK_NEG: case ORK_SQRT: case ORK_SQUARE: case ORK_ABS: case ORK_RECIPROCAL: case ORK_RELU: case ORK_SIGN:
    case ORK_FLOOR: case ORK_RELU_SQUARED: case ORK_RSQRT: return light_grain;
    default: return heavy_grain;
  }
}

typedef struct { const ork_level *inner; ork_unary_op op; const float *x; float *y; } unary_job;

static void unary_part(void *context, int64_t begin, int64_t end) {
  const unary_job *j = context;
  j->inner->unary(j->op, j->x + begin, j->y + begin, end - begin);
}

void ork_unary(ork_unary_op op, const float *x, float *y, int64_t count) {
  unary_job j = {ork_inner(), op, x, y};
  ork_parallel(count, grain_of(op), unary_part, &j);
}

typedef struct { const ork_level *inner; ork_binary_op op; const float *a, *b; float *y; ork_walk walk; } binary_job;

/// A run whose operands do not both have stride 0 or 1: they are collected first.
static void collected_run(const binary_job *j, const float *a, int64_t sa, const float *b, int64_t sb, float *y, int64_t n) {
  float p[buffered], q[buffered];
  for (int64_t i = 0; i < n; i += buffered) {
    const int64_t some = ork_min(buffered, n - i);
    for (int64_t l = 0; l < some; l++) { p[l] = a[(i + l) * sa]; q[l] = b[(i + l) * sb]; }
    j->inner->binary(j->op, p, 1, q, 1, y + i, some);
  }
}

static void binary_part(void *context, int64_t begin, int64_t end) {
  const binary_job *j = context;
  const ork_walk *w = &j->walk;
  const int64_t sa = w->a[w->rank - 1], sb = w->b[w->rank - 1];
  const int plain = (sa == 0 || sa == 1) && (sb == 0 || sb == 1);
  float *y = j->y + begin;
  ORK_RUNS(w, begin, end, at, n, {
    if (plain) j->inner->binary(j->op, j->a + at.a, (int)sa, j->b + at.b, (int)sb, y, n);
    else collected_run(j, j->a + at.a, sa, j->b + at.b, sb, y, n);
    y += n;
  });
}

void ork_binary(ork_binary_op op, int rank, const int64_t *shape, const float *a, const int64_t *sa, const float *b,
                const int64_t *sb, float *y) {
  binary_job j = {ork_inner(), op, a, b, y, ork_joined(rank, shape, sa, sb)};
  ork_parallel(j.walk.total, op == ORK_POW ? heavy_grain / 4 : light_grain / 2, binary_part, &j);
}

typedef struct { const ork_level *inner; ork_binary_op op; const float *a; float b; float *y; } scalar_job;

static void scalar_part(void *context, int64_t begin, int64_t end) {
  const scalar_job *j = context;
  j->inner->binary(j->op, j->a + begin, 1, &j->b, 0, j->y + begin, end - begin);
}

void ork_binary_scalar(ork_binary_op op, const float *a, float b, float *y, int64_t count) {
  if (op == ORK_POW && b == 2) { ork_unary(ORK_SQUARE, a, y, count); return; }
  scalar_job j = {ork_inner(), op, a, b, y};
  ork_parallel(count, op == ORK_POW ? heavy_grain / 4 : light_grain, scalar_part, &j);
}

typedef struct { const ork_level *inner; ork_unary_op act; const float *gate, *up; float *y; int64_t gs, us, width; } gated_job;

static void gated_part(void *context, int64_t begin, int64_t end) {
  const gated_job *j = context;
  for (int64_t i = begin; i < end;) {                    // a part may begin and end inside a row
    const int64_t row = i / j->width, col = i % j->width, n = ork_min(j->width - col, end - i);
    j->inner->gated(j->act, j->gate + row * j->gs + col, j->up + row * j->us + col, j->y + i, n);
    i += n;
  }
}

void ork_gated(ork_unary_op act, const float *gate, int64_t gs, const float *up, int64_t us, float *y, int64_t rows, int64_t width) {
  gated_job j = {ork_inner(), act, gate, up, y, gs, us, width};
  ork_parallel(rows * width, heavy_grain, gated_part, &j);
}
