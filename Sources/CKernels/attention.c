#include "internal.h"

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
