// Moving numbers without changing them: strided copies, conversions, rows of a table, the k largest of a row.
#if defined(__linux__)
#include <sys/mman.h>
#endif
#include "levels.h"
#include "walk.h"

enum { grain = 1 << 16, turned = 16 };

static void copy_run(const ork_level *inner, const void *x, ork_type type, int64_t stride, float *y, int64_t count) {
  if (stride == 1 && type == ORK_F32) memcpy(y, x, (size_t)count * 4);
  else if (stride == 1) inner->widen(type, x, y, count);
  else if (type == ORK_F32) for (int64_t i = 0; i < count; i++) memcpy(y + i, (const char *)x + 4 * i * stride, 4);
  else if (type == ORK_F16) for (int64_t i = 0; i < count; i++) y[i] = ork_load(x, ORK_F16, i * stride);
  else for (int64_t i = 0; i < count; i++) y[i] = ork_load(x, ORK_BF16, i * stride);
}

typedef struct { const ork_level *inner; const char *x; ork_type type; float *y; ork_walk walk; } copy_job;

static void copy_part(void *context, int64_t begin, int64_t end) {
  const copy_job *j = context;
  const ork_walk *w = &j->walk;
  float *y = j->y + begin;
  ORK_RUNS(w, begin, end, at, n, {
    copy_run(j->inner, j->x + at.a * ork_bytes(j->type), j->type, w->a[w->rank - 1], y, n);
    y += n;
  });
}

/// A transposed matrix (the last axis but one is contiguous in x): sixteen rows of y at once, so that whole lines are read.
static void turn_part(void *context, int64_t begin, int64_t end) {
  const copy_job *j = context;
  const ork_walk *w = &j->walk;
  const int last = w->rank - 1;
  const int64_t width = w->shape[last], stride = w->a[last];
  ork_place at = ork_at(w, begin * width);
  for (int64_t row = begin, n; row < end; row += n) {
    n = ork_min(turned, ork_min(end - row, w->shape[last - 1] - at.at[last - 1]));
    const float *x = (const float *)j->x + at.a;
    float *y = j->y + row * width;
    for (int64_t c = 0; c < width; c++) for (int64_t i = 0; i < n; i++) y[i * width + c] = x[c * stride + i];
    for (int64_t i = 0; i < n; i++) ork_step(w, &at, last - 1);
  }
}

void ork_copy(int rank, const int64_t *shape, const void *x, ork_type type, const int64_t *strides, float *y) {
  copy_job j = {ork_inner(), x, type, y, ork_joined(rank, shape, strides, strides)};
  const ork_walk *w = &j.walk;
  if (w->total == 0) return;
  const int64_t width = w->shape[w->rank - 1];
  const int aligned = ((uintptr_t)x & 3) == 0;
  if (type == ORK_F32 && aligned && w->rank > 1 && width > 1 && w->a[w->rank - 1] > 1 && w->a[w->rank - 2] == 1)
    ork_parallel(w->total / width, ork_ceil_div(ork_ceil_div(grain, width), turned) * turned, turn_part, &j);
  else ork_parallel(w->total, grain, copy_part, &j);
}

void ork_scatter_copy(int rank, const int64_t *shape, const float *x, float *y, const int64_t *strides) {
  const ork_walk walk = ork_joined(rank, shape, strides, strides), *w = &walk;
  if (w->total == 0) return;
  const int64_t stride = w->a[w->rank - 1];
  ORK_RUNS(w, 0, w->total, at, n, {
    if (stride == 1) memcpy(y + at.a, x, (size_t)n * 4);
    else for (int64_t i = 0; i < n; i++) y[at.a + i * stride] = x[i];
    x += n;
  });
}

void ork_clear(float *y, int64_t count) {
  if (count <= 0) return;
  size_t bytes = (size_t)count * 4;
#if defined(__linux__)
  // Whole pages of private memory are given back: the system hands out zeros in their place, if anybody asks at all.
  enum { page = 1 << 16 };
  char *first = (char *)(((uintptr_t)y + page - 1) & ~(uintptr_t)(page - 1));
  char *last = (char *)(((uintptr_t)y + bytes) & ~(uintptr_t)(page - 1));
  if (last > first && madvise(first, (size_t)(last - first), MADV_DONTNEED) == 0) {
    memset(y, 0, (size_t)(first - (char *)y));
    memset(last, 0, (size_t)((char *)y + bytes - last));
    return;
  }
#endif
  memset(y, 0, bytes);
}

typedef struct { const ork_level *inner; const float *x; float *y; ork_walk walk; } accumulate_job;

static void accumulate_part(void *context, int64_t begin, int64_t end) {
  const accumulate_job *j = context;
  const ork_walk *w = &j->walk;
  const int64_t sx = w->a[w->rank - 1], sy = w->b[w->rank - 1];
  ORK_RUNS(w, begin, end, at, n, {
    if (sx == 1 && sy == 1) j->inner->add(j->x + at.a, j->y + at.b, n);
    else for (int64_t i = 0; i < n; i++) j->y[at.b + i * sy] += j->x[at.a + i * sx];
  });
}

void ork_accumulate(int rank, const int64_t *shape, const float *x, const int64_t *xs, float *y, const int64_t *ys) {
  accumulate_job j = {ork_inner(), x, y, ork_joined(rank, shape, xs, ys)};
  ork_parallel(j.walk.total, grain, accumulate_part, &j);
}

void ork_narrow(const float *x, void *y, ork_type type, int64_t count) {
  if (count <= 0) return;
  if (type == ORK_F32) memcpy(y, x, (size_t)count * 4);
  else ork_inner()->narrow(type, x, y, count);
}

void ork_gather(const void *table, ork_type type, int64_t lds, const int32_t *ids, int64_t count, int64_t width, float *y) {
  const ork_level *inner = ork_inner();
  for (int64_t i = 0; i < count; i++)
    copy_run(inner, (const char *)table + ids[i] * lds * ork_bytes(type), type, 1, y + i * width, width);
}

// ---- the k largest: a heap of the best so far, whose root is the worst of them ------------------------------------------

/// NaN is larger than every number, as in the reference implementations, so that it is seen.
static inline int before(const float *x, int32_t a, int32_t b) {
  float p = x[a], q = x[b];
  if (p != p || q != q) return (p != p) != (q != q) ? p != p : a < b;
  return p != q ? p > q : a < b;
}

static void sink(const float *x, int32_t *heap, int64_t size, int64_t i) {
  int32_t moved = heap[i];
  for (int64_t child; (child = 2 * i + 1) < size; i = child) {
    if (child + 1 < size && before(x, heap[child], heap[child + 1])) child++;
    if (!before(x, moved, heap[child])) break;
    heap[i] = heap[child];
  }
  heap[i] = moved;
}

void ork_top_k(const float *x, int64_t width, int64_t k, int32_t *indices) {
  k = ork_min(k, width);
  if (k <= 0) return;
  for (int64_t i = 0; i < k; i++) indices[i] = (int32_t)i;
  for (int64_t i = k / 2 - 1; i >= 0; i--) sink(x, indices, k, i);
  for (int64_t i = k; i < width; i++) {
    if (x[i] < x[indices[0]] || !before(x, (int32_t)i, indices[0])) continue;
    indices[0] = (int32_t)i;
    sink(x, indices, k, 0);
  }
  for (int64_t size = k - 1; size > 0; size--) {
    int32_t worst = indices[0];
    indices[0] = indices[size];
    indices[size] = worst;
    sink(x, indices, size, 0);
  }
}
