// A linear layer: weights stored [out, in], so k is contiguous on both sides.
#include "product.h"

int ork_linear(const float *x, int64_t ldx, const void *w, ork_type type, int64_t ldw, const float *bias,
               float *y, int64_t ldy, int64_t m, int64_t n, int64_t k, ork_stop stop) {
  if (m <= 0 || n <= 0) return 0;
  const ork_product p = {ork_inner(), x, ldx, 1, w, type, 1, ldw, y, ldy, m, n, k, 1, bias, stop};
  ork_multiply(&p);
  return ork_stopped(stop);
}
