// What an optimiser does to each number: the moments and the step in one pass. Without fused multiply-add, so that the formula is rounded as it
// is written.
#pragma once
#include "functions.h"

INLINE vf adamw_step(const ork_adamw_settings *s, float decay, vf w, vf g, vf *m, vf *v) {
  g = g * s->gradient_factor;
  *m = *m * s->beta1 + g * s->rest1;
  *v = *v * s->beta2 + g * g * s->rest2;
  const vf step = (*m * s->correction1) / (vsqrt(*v * s->correction2) + s->epsilon);
  return w - w * (s->rate * decay) - step * s->rate;
}

static void adamw_run(const ork_adamw_settings *s, float decay, float *w, const float *g, float *m, float *v, int64_t n) {
  for (int64_t i = 0; i < n; i += W) {
    const int64_t some = n - i;
    vf first = vload_some(m + i, some), second = vload_some(v + i, some);
    const vf next = adamw_step(s, decay, vload_some(w + i, some), vload_some(g + i, some), &first, &second);
    vstore_some(m + i, first, some);
    vstore_some(v + i, second, some);
    vstore_some(w + i, next, some);
  }
}

static void momentum_run(const ork_momentum_settings *s, float decay, float *w, const float *g, float *m, int64_t n) {
  for (int64_t i = 0; i < n; i += W) {
    const int64_t some = n - i;
    const vf x = vload_some(w + i, some), velocity = vload_some(m + i, some) * s->momentum + vload_some(g + i, some) * s->gradient_factor;
    vstore_some(m + i, velocity, some);
    vstore_some(w + i, x - x * (s->rate * decay) - velocity * s->rate, some);
  }
}

static void average_run(float *average, const float *w, int64_t n, float share) {
  for (int64_t i = 0; i < n; i += W) {
    const int64_t some = n - i;
    const vf a = vload_some(average + i, some);
    vstore_some(average + i, a + (vload_some(w + i, some) - a) * share, some);
  }
}

typedef double vd __attribute__((ext_vector_type(W)));

static double squares_run(const float *x, int64_t n) {
  vd sum = 0.0;
  for (int64_t i = 0; i < n; i += W) {
    const vd some = __builtin_convertvector(vload_some(x + i, n - i), vd);
    sum += some * some;
  }
  double total = 0;
  for (int lane = 0; lane < W; lane++) total += sum[lane];
  return total;
}
