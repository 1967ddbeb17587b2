#include "internal.h"

int ork_linear(const float *x, int64_t ldx, const void *w, ork_type type, int64_t ldw, const float *bias,
               float *y, int64_t ldy, int64_t m, int64_t n, int64_t k, ork_stop stop) {
  for (int64_t i = 0; i < m; i++) {
    if (ork_stopped(stop)) return 1;
    for (int64_t j = 0; j < n; j++) {
      float s = 0;
      for (int64_t p = 0; p < k; p++) s += x[i * ldx + p] * ork_load(w, type, j * ldw + p);
      y[i * ldy + j] = bias ? s + bias[j] : s;
    }
  }
  return ork_stopped(stop);
}

int ork_matmul(int rank, const int64_t *batch, const int64_t *sa, const int64_t *sb, const int64_t *sc,
               const float *a, int64_t ra, int64_t ca, const void *b, ork_type type, int64_t rb, int64_t cb,
               float *c, int64_t rc, int64_t m, int64_t n, int64_t k, float alpha, ork_stop stop) {
  int64_t total = 1;
  for (int d = 0; d < rank; d++) total *= batch[d];
  for (int64_t t = 0; t < total; t++) {
    int64_t rest = t, oa = 0, ob = 0, oc = 0;
    for (int d = rank - 1; d >= 0; d--) {
      int64_t at = rest % batch[d];
      rest /= batch[d];
      oa += at * sa[d]; ob += at * sb[d]; oc += at * sc[d];
    }
    for (int64_t i = 0; i < m; i++) {
      if (ork_stopped(stop)) return 1;
      for (int64_t j = 0; j < n; j++) {
        float s = 0;
        for (int64_t p = 0; p < k; p++) s += a[oa + i * ra + p * ca] * ork_load(b, type, ob + p * rb + j * cb);
        c[oc + i * rc + j] = alpha * s;
      }
    }
  }
  return ork_stopped(stop);
}

int ork_attention(const ork_attention_shape *a, ork_stop stop) {
  float *score = malloc((size_t)(a->keys + 1) * 4);
  for (int64_t b = 0; b < a->batch; b++)
    for (int64_t h = 0; h < a->heads; h++) {
      const int64_t g = h / (a->heads / a->groups);
      for (int64_t i = 0; i < a->queries; i++) {
        if (ork_stopped(stop)) { free(score); return 1; }
        int64_t from = a->first ? ork_max(0, a->first[i]) : 0, to = a->last ? ork_min(a->last[i], a->keys) : a->keys;
        const float *q = a->q + b * a->q_batch + i * a->q_row + h * a->q_head;
        float *o = a->out + b * a->out_batch + i * a->out_row + h * a->out_head;
        float most = a->sinks ? a->sinks[h] : -INFINITY, sum = 0;
        for (int64_t j = from; j < to; j++) {
          const float *k = a->k + b * a->k_batch + j * a->k_row + g * a->k_group;
          float s = 0;
          for (int64_t d = 0; d < a->width; d++) s += q[d] * k[d];
          s *= a->scale;
          if (a->bias) s += a->bias[b * a->bias_batch + h * a->bias_head + i * a->bias_row + j];
          score[j] = s;
          most = fmaxf(most, s);
        }
        for (int64_t d = 0; d < a->value_width; d++) o[d] = 0;
        if (most == -INFINITY) continue;
        if (a->sinks) sum = expf(a->sinks[h] - most);
        for (int64_t j = from; j < to; j++) {
          const float *v = a->v + b * a->v_batch + j * a->v_row + g * a->v_group;
          float e = expf(score[j] - most);
          sum += e;
          for (int64_t d = 0; d < a->value_width; d++) o[d] += e * v[d];
        }
        for (int64_t d = 0; d < a->value_width; d++) o[d] /= sum;
      }
    }
  free(score);
  return ork_stopped(stop);
}
