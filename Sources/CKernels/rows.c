#include "internal.h"

void ork_softmax(const float *x, int64_t xs, float *y, int64_t ys, int64_t rows, int64_t width) {
  for (int64_t r = 0; r < rows; r++, x += xs, y += ys) {
    float most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < width; i++) if (x[i] > most) most = x[i];
    if (most == -INFINITY) most = 0;
    for (int64_t i = 0; i < width; i++) sum += y[i] = expf(x[i] - most);
    for (int64_t i = 0; i < width; i++) y[i] = sum == 0 ? 0 : y[i] / sum;
  }
}

void ork_log_softmax(const float *x, int64_t xs, float *y, int64_t ys, int64_t rows, int64_t width) {
  for (int64_t r = 0; r < rows; r++, x += xs, y += ys) {
    float most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < width; i++) if (x[i] > most) most = x[i];
    if (most == -INFINITY) most = 0;
    for (int64_t i = 0; i < width; i++) sum += expf(x[i] - most);
    for (int64_t i = 0; i < width; i++) y[i] = sum == 0 ? -INFINITY : x[i] - most - logf(sum);
  }
}

void ork_rms_norm(const float *x, int64_t xs, const float *gain, float *y, int64_t ys, int64_t rows, int64_t width, float eps) {
  for (int64_t r = 0; r < rows; r++, x += xs, y += ys) {
    float sum = 0;
    for (int64_t i = 0; i < width; i++) sum += x[i] * x[i];
    float s = 1 / sqrtf(sum / (float)width + eps);
    for (int64_t i = 0; i < width; i++) y[i] = gain ? x[i] * s * gain[i] : x[i] * s;
  }
}

void ork_layer_norm(const float *x, int64_t xs, const float *gain, const float *bias, float *y, int64_t ys,
                    int64_t rows, int64_t width, float eps) {
  for (int64_t r = 0; r < rows; r++, x += xs, y += ys) {
    float sum = 0, squares = 0;
    for (int64_t i = 0; i < width; i++) sum += x[i];
    float mean = sum / (float)width;
    for (int64_t i = 0; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
    float s = 1 / sqrtf(squares / (float)width + eps);
    for (int64_t i = 0; i < width; i++) y[i] = (x[i] - mean) * s * (gain ? gain[i] : 1) + (bias ? bias[i] : 0);
  }
}

void ork_reduce(ork_reduction op, const float *x, int64_t xs, float *y, int64_t rows, int64_t width) {
  for (int64_t r = 0; r < rows; r++, x += xs) {
    float s = op == ORK_MAX ? -INFINITY : op == ORK_MIN ? INFINITY : 0;
    int64_t best = 0;
    for (int64_t i = 0; i < width; i++) switch (op) {
      case ORK_SUM: s += x[i]; break;
      case ORK_SUM_SQUARES: s += x[i] * x[i]; break;
      case ORK_MAX: if (x[i] > s || x[i] != x[i]) s = x[i]; break;
      case ORK_MIN: if (x[i] < s || x[i] != x[i]) s = x[i]; break;
      case ORK_ARGMAX: if (x[best] == x[best] && (x[i] > x[best] || x[i] != x[i])) best = i; break;
    }
    y[r] = op == ORK_ARGMAX ? (float)best : s;
  }
}

void ork_rotate(const float *x, int64_t x_batch, int64_t x_row, int64_t x_head, float *y, int64_t batch, int64_t rows,
                int64_t heads, int64_t width, int64_t rotary, int half, const float *cosines, const float *sines,
                const int32_t *index, int64_t index_batch) {
  const int64_t pairs = rotary / 2;
  for (int64_t b = 0; b < batch; b++)
    for (int64_t r = 0; r < rows; r++) {
      const float *c = cosines + index[b * index_batch + r] * pairs, *s = sines + index[b * index_batch + r] * pairs;
      for (int64_t h = 0; h < heads; h++, y += width) {
        const float *p = x + b * x_batch + r * x_row + h * x_head;
        if (half) for (int64_t i = 0; i < pairs; i++) {
          y[i] = p[i] * c[i] - p[i + pairs] * s[i];
          y[i + pairs] = p[i + pairs] * c[i] + p[i] * s[i];
        }
        else for (int64_t i = 0; i < pairs; i++) {
          y[2 * i] = p[2 * i] * c[i] - p[2 * i + 1] * s[i];
          y[2 * i + 1] = p[2 * i + 1] * c[i] + p[2 * i] * s[i];
        }
        for (int64_t i = rotary; i < width; i++) y[i] = p[i];
      }
    }
}
