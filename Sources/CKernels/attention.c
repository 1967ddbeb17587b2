// Fused attention: what is divided over the threads. The work itself is in level/attention.h.
#include "levels.h"

enum { few_rows = 8, rows_a_part = 240 };
static const int64_t small_work = 1 << 16;

typedef struct { const ork_level *inner; const ork_attention_shape *a; ork_stop stop; int64_t parts; } attention_job;

/// Parts of rows of one group, counted over batch, group, part.
static void many_part(void *context, int64_t begin, int64_t end) {
  const attention_job *j = context;
  const ork_attention_shape *a = j->a;
  const int64_t rows = a->queries * (a->heads / a->groups);
  for (int64_t i = begin; i < end; i++) {
    const int64_t part = i % j->parts, g = i / j->parts % a->groups, b = i / j->parts / a->groups;
    if (j->inner->attend_many(a, b, g, part * rows_a_part, ork_min(rows, (part + 1) * rows_a_part), j->stop)) return;
  }
}

/// Groups, counted over batch and group.
static void few_part(void *context, int64_t begin, int64_t end) {
  const attention_job *j = context;
  const ork_attention_shape *a = j->a;
  for (int64_t i = begin, n; i < end; i += n) {
    const int64_t b = i / a->groups, g = i % a->groups;
    n = ork_min(end - i, a->groups - g);
    if (j->inner->attend_few(a, b, g, g + n, j->stop)) return;
  }
}

int ork_attention(const ork_attention_shape *a, ork_stop stop) {
  if (a->batch <= 0 || a->queries <= 0 || a->heads <= 0 || a->groups <= 0) return ork_stopped(stop);
  const int64_t rows = a->queries * (a->heads / a->groups), problems = a->batch * a->groups;
  const int64_t work = rows * problems * a->keys * (a->width + a->value_width);
  attention_job j = {ork_inner(), a, stop, ork_ceil_div(rows, rows_a_part)};
  if (rows <= few_rows) ork_parallel(problems, work <= small_work ? problems : ork_ceil_div(a->groups, 4), few_part, &j);
  else ork_parallel(problems * j.parts, work <= small_work ? problems * j.parts : 1, many_part, &j);
  return ork_stopped(stop);
}

typedef struct { const ork_level *inner; const ork_attention_shape *a; const ork_attention_gradient *d; ork_stop stop; } attention_back_job;

static void back_part(void *context, int64_t begin, int64_t end) {
  const attention_back_job *j = context;
  for (int64_t i = begin; i < end; i++) if (j->inner->attend_back(j->a, j->d, i / j->a->groups, i % j->a->groups, j->stop)) return;
}

int ork_attention_back(const ork_attention_shape *a, const ork_attention_gradient *d, ork_stop stop) {
  if (a->batch <= 0 || a->groups <= 0) return ork_stopped(stop);
  attention_back_job j = {ork_inner(), a, d, stop};
  ork_parallel(a->batch * a->groups, 1, back_part, &j);
  return ork_stopped(stop);
}
