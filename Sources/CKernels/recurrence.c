// Linear recurrences divided over sequences, heads and columns of the state; the gradient over sequences and heads; RWKV-4's average
// over channels; unit triangular systems.
#include "levels.h"

typedef struct { const ork_level *inner; const ork_recurrence *r; int64_t blocks; ork_stop stop; } recur_job;

static void recur_part(void *context, int64_t begin, int64_t end) {
  const recur_job *j = context;
  const int64_t step = j->inner->recurrence_columns;
  for (int64_t i = begin; i < end && !ork_stopped(j->stop); i++) {
    const int64_t block = i % j->blocks, head = i / j->blocks, from = block * step;
    j->inner->recur(j->r, head / j->r->heads, head % j->r->heads, from, ork_min(step, j->r->values - from));
  }
}

int ork_recur(const ork_recurrence *r, ork_stop stop) {
  const ork_level *inner = ork_inner();
  recur_job j = {inner, r, ork_ceil_div(r->values, inner->recurrence_columns), stop};
  const int64_t work = ork_max(1, r->tokens * r->keys * inner->recurrence_columns);
  ork_parallel(r->batch * r->heads * j.blocks, ork_ceil_div(1 << 15, work), recur_part, &j);
  return ork_stopped(stop);
}

typedef struct { const ork_level *inner; const ork_recurrence *r; const ork_recurrence_gradient *d; } back_job;

static void back_part(void *context, int64_t begin, int64_t end) {
  const back_job *j = context;
  const int64_t T = j->r->tokens;
  float *room = ork_scratch(ork_slot_left, (T + 2) * j->r->keys * j->r->values + (T + 2) * j->r->values);
  for (int64_t i = begin; i < end; i++) j->inner->recur_back(j->r, j->d, i / j->r->heads, i % j->r->heads, room);
}

void ork_recur_back(const ork_recurrence *r, const ork_recurrence_gradient *d) {
  back_job j = {ork_inner(), r, d};
  ork_parallel(r->batch * r->heads, 1, back_part, &j);
}

// ---- RWKV-4 --------------------------------------------------------------------------------------------------------

typedef struct { const ork_level *inner; const ork_wkv_shape *s; int64_t blocks; } wkv_job;

static void wkv_part(void *context, int64_t begin, int64_t end) {
  const wkv_job *j = context;
  const int64_t step = j->inner->recurrence_columns / 2;
  for (int64_t i = begin; i < end; i++) {
    const int64_t from = i % j->blocks * step;
    j->inner->wkv(j->s, i / j->blocks, from, ork_min(step, j->s->channels - from));
  }
}

void ork_wkv(const ork_wkv_shape *s) {
  const ork_level *inner = ork_inner();
  wkv_job j = {inner, s, ork_ceil_div(s->channels, inner->recurrence_columns / 2)};
  ork_parallel(s->batch * j.blocks, ork_ceil_div(1 << 10, ork_max(1, s->tokens)), wkv_part, &j);
}

typedef struct { const ork_wkv_shape *s; const ork_wkv_gradient *d; } wkv_back_job;

/// One channel of one sequence. All weights are kept as e^(exponent) with exponents that are never positive, as forward.
static void wkv_back_channel(const ork_wkv_shape *s, const ork_wkv_gradient *d, int64_t b, int64_t c, float *kept) {
  const int64_t T = s->tokens, C = s->channels;
  const float *from = s->start + b * 3 * C + c;
  const float w = s->w[c], u = s->u[c];
  float *as = kept, *ds = kept + T + 1, *ms = kept + 2 * (T + 1);
  as[0] = from[0], ds[0] = from[C], ms[0] = from[2 * C];
  int64_t largest = -1;                                         // whose exponent m is now: a token's, or the state's (−1)
  for (int64_t t = 0; t < T; t++) {
    const int64_t at = (b * T + t) * C + c;
    const float k = s->k[at], q = fmaxf(ms[t] + w, k), past = expf(ms[t] + w - q), now = expf(k - q);
    if (k > ms[t] + w) largest = t;
    as[t + 1] = past * as[t] + now * s->v[at];
    ds[t + 1] = past * ds[t] + now;
    ms[t + 1] = q;
  }
  // l, n: gradients by the true numerator and denominator after token t, times e^(−o).
  float l = 0, n = 0, o = -ms[T], du = 0, dw = 0, dm = 0;
  if (d->end) {
    const float *g = d->end + b * 3 * C + c;
    l = g[0], n = g[C];
    dm = g[2 * C] - l * as[T] - n * ds[T];
  }
  for (int64_t t = T - 1; t >= 0; t--) {
    const int64_t at = (b * T + t) * C + c;
    const float k = s->k[at], v = s->v[at], q = fmaxf(ms[t], u + k), past = expf(ms[t] - q), now = expf(u + k - q);
    const float below = past * ds[t] + now, y = (past * as[t] + now * v) / below, g = d->out ? d->out[at] / below : 0;
    const float write = expf(k + o);
    d->v[at] = write * l + now * g;
    d->k[at] = write * (v * l + n) + now * g * (v - y);
    du += now * g * (v - y);
    dw += expf(w + o + ms[t]) * (l * as[t] + n * ds[t]);
    // Back over the decay, and what the read of this token adds.
    const float next = fmaxf(w + o, -q), old = expf(w + o - next), fresh = expf(-q - next);
    l = old * l + fresh * g;
    n = old * n - fresh * g * y;
    o = next;
  }
  const float scale = expf(ms[0] + o);
  d->start[b * 3 * C + c] = scale * l;
  d->start[b * 3 * C + C + c] = scale * n;
  float first = scale * (l * as[0] + n * ds[0]);
  // The exponent itself is an output: it is that of the token with the largest one, decayed since.
  if (largest < 0) first += dm; else d->k[(b * T + largest) * C + c] += dm;
  dw += dm * (float)(largest < 0 ? T : T - 1 - largest);
  d->start[b * 3 * C + 2 * C + c] = first;
  d->w[b * C + c] = dw;
  d->u[b * C + c] = du;
}

static void wkv_back_part(void *context, int64_t begin, int64_t end) {
  const wkv_back_job *j = context;
  float *kept = malloc((size_t)(j->s->tokens + 1) * 3 * 4);
  if (!kept) abort();
  for (int64_t i = begin; i < end; i++) wkv_back_channel(j->s, j->d, i / j->s->channels, i % j->s->channels, kept);
  free(kept);
}

void ork_wkv_back(const ork_wkv_shape *s, const ork_wkv_gradient *d) {
  wkv_back_job j = {s, d};
  ork_parallel(s->batch * s->channels, ork_ceil_div(1 << 10, ork_max(1, s->tokens)), wkv_back_part, &j);
}

// ---- triangular systems ------------------------------------------------------------------------------------------------

typedef struct { const float *a, *y; float *x; int64_t size, columns; int transposed; } solve_job;

static void solve_part(void *context, int64_t begin, int64_t end) {
  const solve_job *j = context;
  const int64_t n = j->size, m = j->columns;
  for (int64_t i = begin; i < end; i++) {
    const float *a = j->a + i * n * n;
    float *x = j->x + i * n * m;
    memcpy(x, j->y + i * n * m, (size_t)(n * m) * 4);
    for (int64_t step = 0; step < n; step++) {
      const int64_t row = j->transposed ? n - 1 - step : step;
      for (int64_t done = 0; done < step; done++) {
        const int64_t other = j->transposed ? n - 1 - done : done;
        const float factor = j->transposed ? a[other * n + row] : a[row * n + other];
        for (int64_t c = 0; c < m; c++) x[row * m + c] += factor * x[other * m + c];
      }
    }
  }
}

void ork_solve_unit(const float *a, const float *y, float *x, int64_t count, int64_t size, int64_t columns, int transposed) {
  solve_job j = {a, y, x, size, columns, transposed};
  ork_parallel(count, ork_ceil_div(1 << 15, ork_max(1, size * size * columns)), solve_part, &j);
}
