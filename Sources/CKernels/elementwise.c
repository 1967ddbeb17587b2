#include "internal.h"

static inline float one(ork_unary_op op, float v) {
  switch (op) {
    case ORK_NEG: return -v;
    case ORK_EXP: return expf(v);
    case ORK_LOG: return logf(v);
    case ORK_SQRT: return sqrtf(v);
    case ORK_RSQRT: return 1 / sqrtf(v);
    case ORK_SQUARE: return v * v;
    case ORK_ABS: return fabsf(v);
    case ORK_RECIPROCAL: return 1 / v;
    case ORK_TANH: return tanhf(v);
    case ORK_SIGMOID: return 1 / (1 + expf(-v));
    case ORK_RELU: return v < 0 ? 0 : v;
    case ORK_GELU: return 0.5f * v * (1 + erff(v * 0.70710678f));
    case ORK_GELU_TANH: return 0.5f * v * (1 + tanhf(0.79788456f * (v + 0.044715f * v * v * v)));
    case ORK_SILU: return v == -INFINITY ? 0 : v / (1 + expf(-v));
    case ORK_SOFTPLUS: return fmaxf(v, 0) + log1pf(expf(-fabsf(v)));
    case ORK_ERF: return erff(v);
    case ORK_SIN: return sinf(v);
    case ORK_COS: return cosf(v);
    case ORK_SIGN: return v > 0 ? 1 : v < 0 ? -1 : v;
    case ORK_FLOOR: return floorf(v);
    case ORK_QUICK_GELU: return v == -INFINITY ? 0 : v / (1 + expf(-1.702f * v));
    case ORK_LOG1P: return log1pf(v);
    case ORK_EXPM1: return expm1f(v);
    case ORK_RELU_SQUARED: return v < 0 ? 0 : v * v;
    case ORK_ELU: return v < 0 ? expm1f(v) : v;
  }
  return v;
}

static inline float two(ork_binary_op op, float a, float b) {
  switch (op) {
    case ORK_ADD: return a + b;
    case ORK_SUB: return a - b;
    case ORK_MUL: return a * b;
    case ORK_DIV: return a / b;
    case ORK_MAXIMUM: return a != a || a > b ? a : b;
    case ORK_MINIMUM: return a != a || a < b ? a : b;
    case ORK_POW: return powf(a, b);
    case ORK_LESS: return a < b;
    case ORK_LESS_EQUAL: return a <= b;
    case ORK_EQUAL: return a == b;
  }
  return a;
}

void ork_unary(ork_unary_op op, const float *x, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = one(op, x[i]);
}

void ork_binary(ork_binary_op op, int rank, const int64_t *shape, const float *a, const int64_t *sa, const float *b,
                const int64_t *sb, float *y) {
  int64_t total = 1;
  for (int d = 0; d < rank; d++) total *= shape[d];
  for (int64_t t = 0; t < total; t++) {
    int64_t rest = t, oa = 0, ob = 0;
    for (int d = rank - 1; d >= 0; d--) {
      oa += rest % shape[d] * sa[d];
      ob += rest % shape[d] * sb[d];
      rest /= shape[d];
    }
    y[t] = two(op, a[oa], b[ob]);
  }
}

void ork_binary_scalar(ork_binary_op op, const float *a, float b, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = two(op, a[i], b);
}

void ork_gated(ork_unary_op act, const float *gate, int64_t gs, const float *up, int64_t us, float *y, int64_t rows, int64_t width) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < width; i++) y[r * width + i] = one(act, gate[r * gs + i]) * up[r * us + i];
}

const char *ork_instructions(void) { return "baseline"; }
void ork_limit_instructions(int level) { (void)level; }
