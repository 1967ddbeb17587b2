// What every instruction set provides: the inner loops. The drivers (linear.c, rows.c, …) divide the work and call these.
#pragma once
#include "internal.h"

/// A long convolution as its inner loops see it: transforms of `size` points, cos and sin of 2πi/size in `turns`.
typedef struct {
  int64_t batch, tokens, channels, size; int direct;
  const float *x, *kernel; float *y;
  const double *turns;
} ork_long_convolution;

typedef struct {
  const char *name;
  int left, right;             // rows and columns of the packed product's tile
  void (*unary)(ork_unary_op, const float *x, float *y, int64_t n);
  void (*gated)(ork_unary_op, const float *gate, const float *up, float *y, int64_t n);
  void (*binary)(ork_binary_op, const float *a, int sa, const float *b, int sb, float *y, int64_t n);
  void (*widen)(ork_type, const void *x, float *y, int64_t n);
  void (*narrow)(ork_type, const float *x, uint16_t *y, int64_t n);
  void (*softmax)(const float *x, float *y, int64_t n);
  void (*log_softmax)(const float *x, float *y, int64_t n);
  void (*rms_norm)(const float *x, const float *gain, float *y, int64_t n, float eps);
  void (*layer_norm)(const float *x, const float *gain, const float *bias, float *y, int64_t n, float eps);
  void (*slope)(ork_unary_op, const float *x, const float *g, float *dx, int64_t n);
  void (*gated_slope)(ork_unary_op, const float *gate, const float *up, const float *g, float *dgate, float *dup, int64_t n);
  void (*softmax_back)(const float *y, const float *g, float *dx, int64_t n, int logarithm);
  void (*norm_back)(const float *x, const float *gain, const float *g, float *dx, float *dgain, float *dbias, int64_t n, float eps, int centred);
  void (*add)(const float *x, float *y, int64_t n);
  float (*reduce)(ork_reduction, const float *x, int64_t n);
  void (*rotate)(const float *x, float *y, int64_t width, int64_t rotary, int half, const float *cosines, const float *sines);
  void (*dots)(ork_type, const float *x, int64_t ldx, const void *w, int64_t ldw, const float *bias,
               float *y, int64_t ldy, int64_t m, int64_t n, int64_t k, float alpha);
  void (*pack_left)(const float *a, int64_t row, int64_t step, int64_t m, int64_t steps, float *out);
  void (*pack_right)(const void *b, ork_type, int64_t row, int64_t col, int64_t cols, int64_t steps, float *out);
  void (*multiply)(const float *a, int64_t m, int64_t steps, const float *b, int64_t ldb, float *c, int64_t ldc,
                   int64_t cols, int first, int last, float alpha, const float *bias);
  int (*attend_many)(const ork_attention_shape *, int64_t batch, int64_t group, int64_t begin, int64_t end, ork_stop);
  int (*attend_few)(const ork_attention_shape *, int64_t batch, int64_t from, int64_t to, ork_stop);
  int (*attend_back)(const ork_attention_shape *, const ork_attention_gradient *, int64_t batch, int64_t group, ork_stop);
  int64_t recurrence_columns;
  void (*recur)(const ork_recurrence *, int64_t batch, int64_t head, int64_t begin, int64_t n);
  void (*recur_back)(const ork_recurrence *, const ork_recurrence_gradient *, int64_t batch, int64_t head, float *room);
  void (*wkv)(const ork_wkv_shape *, int64_t batch, int64_t begin, int64_t n);
  int64_t scan_width;
  void (*scan)(const ork_scan_shape *, int64_t batch, int64_t begin, int64_t n, float *room);
  void (*scan_back)(const ork_scan_shape *, const ork_scan_gradient *, int64_t batch, int64_t begin, int64_t n, float *room);
  void (*convolve)(const ork_short_convolution *, int64_t batch, int64_t begin, int64_t n, float *room);
  void (*convolve_back)(const ork_short_convolution *, const ork_short_convolution_gradient *, int64_t begin, int64_t n, float *room);
  void (*adamw)(const ork_adamw_settings *, float decay, float *w, const float *g, float *m, float *v, int64_t n);
  void (*momentum)(const ork_momentum_settings *, float decay, float *w, const float *g, float *m, int64_t n);
  void (*average)(float *average, const float *w, int64_t n, float share);
  double (*squares)(const float *x, int64_t n);
  void (*convolve_long)(const ork_long_convolution *, int64_t batch, int64_t begin, int64_t n, double *room);
  void (*convolve_long_back)(const ork_long_convolution *, const float *g, float *dx, float *dk, int64_t begin, int64_t n, double *room);
} ork_level;

extern const ork_level ork_baseline, ork_avx2, ork_avx512;

/// The one in use.
const ork_level *ork_inner(void);

/// A buffer of the calling thread, at least `count` numbers, 64-byte aligned; it lives until the next call with the same slot.
enum { ork_slot_left, ork_slot_right, ork_slot_attention, ork_slots };
float *ork_scratch(int slot, int64_t count);
