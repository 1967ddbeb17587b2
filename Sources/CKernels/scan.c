// Scans and convolutions divided over sequences and registers of channels; the scan's gradient over sequences, a short convolution's over channels.
#include "levels.h"

typedef struct { const ork_level *inner; const ork_scan_shape *s; int64_t blocks; ork_stop stop; } scan_job;

static void scan_part(void *context, int64_t begin, int64_t end) {
  const scan_job *j = context;
  const int64_t step = j->inner->scan_width;
  float *room = ork_scratch(ork_slot_left, 2 * ork_max(1, j->s->states) * step);
  for (int64_t i = begin; i < end && !ork_stopped(j->stop); i++) {
    const int64_t from = i % j->blocks * step;
    j->inner->scan(j->s, i / j->blocks, from, ork_min(step, j->s->channels - from), room);
  }
}

int ork_scan(const ork_scan_shape *s, ork_stop stop) {
  const ork_level *inner = ork_inner();
  scan_job j = {inner, s, ork_ceil_div(s->channels, inner->scan_width), stop};
  const int64_t work = ork_max(1, s->tokens * s->states * inner->scan_width);
  ork_parallel(s->batch * j.blocks, ork_ceil_div(1 << 13, work), scan_part, &j);
  return ork_stopped(stop);
}

typedef struct { const ork_level *inner; const ork_scan_shape *s; const ork_scan_gradient *d; } scan_back_job;

/// Whole sequences: all channels add to the gradients by b and c.
static void scan_back_part(void *context, int64_t begin, int64_t end) {
  const scan_back_job *j = context;
  const ork_scan_shape *s = j->s;
  const int64_t T = s->tokens, N = s->states, step = j->inner->scan_width;
  float *room = ork_scratch(ork_slot_left, (2 * T + 4) * ((N + 3) / 4 * 4) * step);
  for (int64_t b = begin; b < end; b++) {
    memset(j->d->b + b * T * N, 0, (size_t)(T * N) * 4);
    memset(j->d->c + b * T * N, 0, (size_t)(T * N) * 4);
    for (int64_t e = 0; e < s->channels; e += step) j->inner->scan_back(s, j->d, b, e, ork_min(step, s->channels - e), room);
  }
}

void ork_scan_back(const ork_scan_shape *s, const ork_scan_gradient *d) {
  scan_back_job j = {ork_inner(), s, d};
  ork_parallel(s->batch, 1, scan_back_part, &j);
}

// ---- short convolutions ------------------------------------------------------------------------------------------------

typedef struct { const ork_level *inner; const ork_short_convolution *s; int64_t blocks; } convolve_job;

static void convolve_part(void *context, int64_t begin, int64_t end) {
  const convolve_job *j = context;
  const int64_t step = j->inner->scan_width;
  float *room = ork_scratch(ork_slot_left, ork_max(1, j->s->taps) * step);
  for (int64_t i = begin; i < end; i++) {
    const int64_t from = i % j->blocks * step;
    j->inner->convolve(j->s, i / j->blocks, from, ork_min(step, j->s->channels - from), room);
  }
}

void ork_convolve_short(const ork_short_convolution *s) {
  const ork_level *inner = ork_inner();
  convolve_job j = {inner, s, ork_ceil_div(s->channels, inner->scan_width)};
  const int64_t work = ork_max(1, s->tokens * s->taps * inner->scan_width);
  ork_parallel(s->batch * j.blocks, ork_ceil_div(1 << 15, work), convolve_part, &j);
}

typedef struct { const ork_level *inner; const ork_short_convolution *s; const ork_short_convolution_gradient *d; } convolve_back_job;

static void convolve_back_part(void *context, int64_t begin, int64_t end) {
  const convolve_back_job *j = context;
  const int64_t step = j->inner->scan_width;
  float *room = ork_scratch(ork_slot_left, 2 * ork_max(1, j->s->taps) * step);
  for (int64_t i = begin; i < end; i++) j->inner->convolve_back(j->s, j->d, i * step, ork_min(step, j->s->channels - i * step), room);
}

void ork_convolve_short_back(const ork_short_convolution *s, const ork_short_convolution_gradient *d) {
  convolve_back_job j = {ork_inner(), s, d};
  ork_parallel(ork_ceil_div(s->channels, j.inner->scan_width), 1, convolve_back_part, &j);
}

// ---- long convolutions -------------------------------------------------------------------------------------------------

typedef struct { const ork_level *inner; ork_long_convolution l; const float *g; float *dx, *dk; int64_t blocks; ork_stop stop; } long_job;

/// Fills in the length of the transforms (as long as text and kernel together: nothing wraps around) and their angles, which the caller frees.
static double *long_turns(ork_long_convolution *l) {
  l->size = 1;
  while (l->size < 2 * l->tokens) l->size *= 2;
  double *turns = malloc((size_t)l->size * 2 * sizeof *turns);
  if (!turns) abort();
  for (int64_t i = 0; i < l->size; i++) {
    const double angle = 6.283185307179586 * (double)i / (double)l->size;
    turns[2 * i] = cos(angle), turns[2 * i + 1] = sin(angle);
  }
  l->turns = turns;
  return turns;
}

/// Registers of doubles for each point of a transform.
static double *long_room(const long_job *j, int64_t registers) {
  double *room = aligned_alloc(128, (size_t)(registers * j->l.size * 16) * sizeof *room);
  if (!room) abort();
  return room;
}

static void long_part(void *context, int64_t begin, int64_t end) {
  const long_job *j = context;
  const int64_t step = j->inner->scan_width;
  double *room = long_room(j, 4);
  for (int64_t i = begin; i < end && !ork_stopped(j->stop); i++) {
    const int64_t from = i % j->blocks * step;
    j->inner->convolve_long(&j->l, i / j->blocks, from, ork_min(step, j->l.channels - from), room);
  }
  free(room);
}

int ork_convolve_long(const float *x, const float *kernel, float *y, int64_t batch, int64_t tokens, int64_t channels, int direct, ork_stop stop) {
  long_job j = {.inner = ork_inner(), .l = {.batch = batch, .tokens = tokens, .channels = channels, .direct = direct, .x = x, .kernel = kernel, .y = y}, .stop = stop};
  double *turns = long_turns(&j.l);
  j.blocks = ork_ceil_div(channels, j.inner->scan_width);
  if (tokens > 0) ork_parallel(batch * j.blocks, ork_ceil_div(1 << 8, j.l.size), long_part, &j);
  free(turns);
  return ork_stopped(stop);
}

static void long_back_part(void *context, int64_t begin, int64_t end) {
  const long_job *j = context;
  const int64_t step = j->inner->scan_width;
  double *room = long_room(j, 8);
  for (int64_t i = begin; i < end; i++) j->inner->convolve_long_back(&j->l, j->g, j->dx, j->dk, i * step, ork_min(step, j->l.channels - i * step), room);
  free(room);
}

void ork_convolve_long_back(const float *x, const float *kernel, const float *g, float *dx, float *dk, int64_t batch, int64_t tokens, int64_t channels) {
  long_job j = {.inner = ork_inner(), .l = {.batch = batch, .tokens = tokens, .channels = channels, .x = x, .kernel = kernel}, .g = g, .dx = dx, .dk = dk};
  double *turns = long_turns(&j.l);
  if (tokens > 0) ork_parallel(ork_ceil_div(channels, j.inner->scan_width), 1, long_back_part, &j);
  free(turns);
}
