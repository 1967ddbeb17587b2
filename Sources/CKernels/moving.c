// Moving numbers without changing them: strided copies, conversions, rows of a table, the k largest of a row.
// Axes of size 1 are dropped and axes that continue each other are joined first, so most copies become long runs.
#include "internal.h"

enum { most_axes = 8 };
typedef struct { int rank; int64_t shape[most_axes], stride[most_axes]; } walk_t;

static walk_t joined(int rank, const int64_t *shape, const int64_t *strides, int *empty) {
  walk_t w = {0};
  *empty = 0;
  for (int d = 0; d < rank; d++) {
    if (shape[d] == 0) *empty = 1;
    if (shape[d] == 1) continue;
    if (w.rank && w.stride[w.rank - 1] == strides[d] * shape[d]) {
      w.shape[w.rank - 1] *= shape[d];
      w.stride[w.rank - 1] = strides[d];
    } else {
      w.shape[w.rank] = shape[d];
      w.stride[w.rank++] = strides[d];
    }
  }
  if (w.rank == 0) { w.rank = 1; w.shape[0] = 1; w.stride[0] = 1; }
  return w;
}

/// Steps the outer axes (all but the last) and returns the element offset of the next run; `at` are the counters.
static inline int64_t step(const walk_t *w, int64_t *at, int64_t offset) {
  for (int d = w->rank - 2; d >= 0; d--) {
    offset += w->stride[d];
    if (++at[d] < w->shape[d]) return offset;
    offset -= w->stride[d] * w->shape[d];
    at[d] = 0;
  }
  return offset;
}

static int64_t runs(const walk_t *w) {
  int64_t n = 1;
  for (int d = 0; d < w->rank - 1; d++) n *= w->shape[d];
  return n;
}

static void copy_run(const void *x, ork_type type, int64_t stride, float *y, int64_t count) {
  if (type == ORK_F32 && stride == 1) { memcpy(y, x, (size_t)count * 4); return; }
  if (type == ORK_F32) for (int64_t i = 0; i < count; i++) memcpy(y + i, (const char *)x + 4 * i * stride, 4);
  else if (type == ORK_F16) for (int64_t i = 0; i < count; i++) y[i] = ork_load(x, ORK_F16, i * stride);
  else for (int64_t i = 0; i < count; i++) y[i] = ork_load(x, ORK_BF16, i * stride);
}

void ork_copy(int rank, const int64_t *shape, const void *x, ork_type type, const int64_t *strides, float *y) {
  int empty;
  const walk_t w = joined(rank, shape, strides, &empty);
  if (empty) return;
  const int64_t width = w.shape[w.rank - 1], count = runs(&w), size = ork_bytes(type);
  int64_t at[most_axes] = {0}, offset = 0;
  for (int64_t r = 0; r < count; r++) {
    copy_run((const char *)x + offset * size, type, w.stride[w.rank - 1], y + r * width, width);
    offset = step(&w, at, offset);
  }
}

void ork_scatter_copy(int rank, const int64_t *shape, const float *x, float *y, const int64_t *strides) {
  int empty;
  const walk_t w = joined(rank, shape, strides, &empty);
  if (empty) return;
  const int64_t width = w.shape[w.rank - 1], stride = w.stride[w.rank - 1], count = runs(&w);
  int64_t at[most_axes] = {0}, offset = 0;
  for (int64_t r = 0; r < count; r++, x += width) {
    if (stride == 1) memcpy(y + offset, x, (size_t)width * 4);
    else for (int64_t i = 0; i < width; i++) y[offset + i * stride] = x[i];
    offset = step(&w, at, offset);
  }
}

void ork_narrow(const float *x, void *y, ork_type type, int64_t count) {
  uint16_t *h = y;
  if (type == ORK_F32) memcpy(y, x, (size_t)ork_max(0, count) * 4);
  else if (type == ORK_F16) for (int64_t i = 0; i < count; i++) h[i] = ork_to_f16(x[i]);
  else for (int64_t i = 0; i < count; i++) h[i] = ork_to_bf16(x[i]);
}

void ork_gather(const void *table, ork_type type, int64_t lds, const int32_t *ids, int64_t count, int64_t width, float *y) {
  for (int64_t i = 0; i < count; i++)
    copy_run((const char *)table + ids[i] * lds * ork_bytes(type), type, 1, y + i * width, width);
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
