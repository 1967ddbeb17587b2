// The kernels: everything that touches many numbers, and nothing that knows a model.
//
// Contract of all of them
//   - Activations are float32. Weights are f32, f16 or bf16 (`ork_type`), possibly unaligned (they lie in a mapped file).
//   - The widest instructions of the processor are chosen at run time (baseline, AVX2, AVX-512).
//   - The same bits for any number of threads: work is divided over outputs, never over a sum.
//   - Strides count elements, not bytes. Sizes may be zero (nothing is done).
//   - Long kernels poll `stop` (may be NULL) between tiles and return 1 if it became non-zero, else 0.
#pragma once
#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { ORK_F32 = 0, ORK_F16 = 1, ORK_BF16 = 2 } ork_type;
typedef const volatile int32_t *ork_stop;

// ---- threads -------------------------------------------------------------------------------------------------
/// Number of threads used from now on (clamped to 1...64). The default is the number of processors.
void ork_set_threads(int count);
int ork_threads(void);
/// Name of the instruction set in use: "avx512", "avx2", "neon" or "baseline".
const char *ork_instructions(void);
/// Limits the instruction set of calls from this thread, for tests and benchmarks: 0 baseline, 1 AVX2, 2 AVX-512 (never
/// above the processor's).
void ork_limit_instructions(int level);
/// Calls body(context, begin, end) over disjoint ranges that cover 0..<count, cut at multiples of `grain`.
/// The cuts depend on count and grain only.
void ork_parallel(int64_t count, int64_t grain, void (*body)(void *context, int64_t begin, int64_t end), void *context);

// ---- products ------------------------------------------------------------------------------------------------
/// y[i,j] = Σ_k x[i,k]·w[j,k] (+ bias[j]): a linear layer with weights stored [out, in].   x [m,k]  w [n,k]  y [m,n]
/// Up to 24 rows the weights are streamed once, in place; more rows are packed into panels. The two ways round differently
/// (about 1e-6 of the sum of magnitudes); within each, a row of y has the same bits whatever m is.
int ork_linear(const float *x, int64_t ldx, const void *w, ork_type type, int64_t ldw, const float *bias,
               float *y, int64_t ldy, int64_t m, int64_t n, int64_t k, ork_stop stop);

/// Several linear layers of the same x (query, key and value; gate and up) in one hand-over to the threads. Each has the
/// same bits as its own ork_linear.
typedef struct { const void *w; ork_type type; int64_t ldw; const float *bias; float *y; int64_t ldy, n; } ork_weight;
int ork_linears(const float *x, int64_t ldx, int64_t m, int64_t k, int count, const ork_weight *weights, ork_stop stop);

/// Batched product with arbitrary strides: c[…,i,j] = alpha · Σ_k a[…,i,k]·b[…,k,j].
/// `rank` batch axes (≤ 6) with sizes `batch` and strides `sa`, `sb`, `sc` (0 broadcasts).
/// Element strides: a (ra, ca), b (rb, cb), c (rc, 1). `b` may have any `type`; a and c are f32.
int ork_matmul(int rank, const int64_t *batch, const int64_t *sa, const int64_t *sb, const int64_t *sc,
               const float *a, int64_t ra, int64_t ca, const void *b, ork_type type, int64_t rb, int64_t cb,
               float *c, int64_t rc, int64_t m, int64_t n, int64_t k, float alpha, ork_stop stop);

/// softmax(scale·q·kᵀ + bias + mask)·v with the running (online) softmax of Milakov & Gimelshein 2018 / FlashAttention.
typedef struct {
  int64_t batch, queries, keys, heads, groups, width, value_width;   // heads is a multiple of groups
  const float *q; int64_t q_batch, q_row, q_head;                    // q   [batch, queries, heads, width]
  const float *k; int64_t k_batch, k_row, k_group;                   // k   [batch, keys, groups, width]
  const float *v; int64_t v_batch, v_row, v_group;                   // v   [batch, keys, groups, value_width]
  float *out; int64_t out_batch, out_row, out_head;                  // out [batch, queries, heads, value_width]
  float scale;
  /// Row i may look at keys first[i] ..< last[i]; NULL: at all of them. Row i without any key gives zeros.
  const int64_t *first, *last;
  /// Added to the scores (−inf closes a cell); NULL: nothing. Strides 0 broadcast. [batch, heads, queries, keys]
  const float *bias; int64_t bias_batch, bias_head, bias_row;
  /// One extra logit a head that takes part in the softmax's sum and has no value (gpt-oss); NULL: none. [heads]
  const float *sinks;
} ork_attention_shape;
int ork_attention(const ork_attention_shape *a, ork_stop stop);
/// Gradients by everything that a reads (its out, first and last stay as they are). All contiguous: out, the gradient by the output, as
/// [batch, queries, heads, value_width]; q [batch, queries, heads, width], k and v [batch, keys, groups, …]; bias [batch, heads, queries, keys] and sinks
/// [batch, heads] (to be summed), both NULL if nobody asks.
typedef struct { const float *out; float *q, *k, *v, *bias, *sinks; } ork_attention_gradient;
int ork_attention_back(const ork_attention_shape *a, const ork_attention_gradient *d, ork_stop stop);

// ---- recurrences -------------------------------------------------------------------------------------------------
/// S ← diag(decay)·S + write·(readᵀ·S) + k·vᵀ, then out = Sᵀ·q, token by token; S [keys, values] for each sequence and head.
/// Linear attention, retention, the delta rule and their gated forms are all of this form. Everything is contiguous.
typedef struct {
  int64_t batch, tokens, heads, keys, values;
  const float *q, *k, *v;              // [batch, tokens, heads, keys | keys | values]
  const float *decay;                  // [batch, tokens, heads, decay_width], decay_width 1 or keys; NULL: 1
  int64_t decay_width;
  const float *read, *write;           // [batch, tokens, heads, keys]; both NULL: nothing is taken back
  const float *start;                  // [batch, heads, keys, values]
  float *out, *end;                    // as v; as start
} ork_recurrence;
int ork_recur(const ork_recurrence *r, ork_stop stop);
/// Gradients by everything that r reads. out, end: gradients by the outputs (NULL: none); the others are written.
typedef struct { const float *out, *end; float *q, *k, *v, *decay, *read, *write, *start; } ork_recurrence_gradient;
void ork_recur_back(const ork_recurrence *r, const ork_recurrence_gradient *d);

/// RWKV-4's average of values with weights e^(k + age·w), the newest e^(u + k).   k, v, out [batch, tokens, channels]
typedef struct {
  int64_t batch, tokens, channels;
  const float *k, *v, *w, *u;          // w (negative) and u [channels]
  const float *start;                  // [batch, 3, channels]: numerator and denominator divided by e^m, and m
  float *out, *end;
} ork_wkv_shape;
void ork_wkv(const ork_wkv_shape *s);
/// As ork_recurrence_gradient; w and u [batch, channels] are to be summed over the batch.
typedef struct { const float *out, *end; float *k, *v, *w, *u, *start; } ork_wkv_gradient;
void ork_wkv_back(const ork_wkv_shape *s, const ork_wkv_gradient *d);

/// x of (I − A)·x = y, A strictly lower triangular (what else it holds is not read), or of (I − Aᵀ)·x = y.
/// a [count, size, size]  y, x [count, size, columns]; all contiguous, x and y not the same.
void ork_solve_unit(const float *a, const float *y, float *x, int64_t count, int64_t size, int64_t columns, int transposed);

// ---- state spaces and convolutions ---------------------------------------------------------------------------------
/// Mamba's scan: h ← exp(step·a)·h + step·x·b, y = c·h, token by token and channel by channel. Everything is contiguous.
typedef struct {
  int64_t batch, tokens, channels, states;
  const float *x, *step;               // [batch, tokens, channels]
  const float *a;                      // [channels, states], negative
  const float *b, *c;                  // [batch, tokens, states]
  const float *start;                  // [batch, channels, states]
  float *y, *end;                      // as x; as start
} ork_scan_shape;
int ork_scan(const ork_scan_shape *s, ork_stop stop);
/// Gradients by everything that s reads. y, end: gradients by the outputs (NULL: none); the others are written, a [batch, channels,
/// states] for each sequence (to be summed).
typedef struct { const float *y, *end; float *x, *step, *a, *b, *c, *start; } ork_scan_gradient;
void ork_scan_back(const ork_scan_shape *s, const ork_scan_gradient *d);

/// A convolution of each channel alone over a few tokens: y[t] = Σ_j w[j]·x[t + j] (+ bias); contiguous.
typedef struct {
  int64_t batch, tokens, channels, taps;
  const float *x;                      // [batch, tokens + taps − 1, channels]
  const float *w, *bias;               // [channels, taps]; [channels] or NULL
  float *y;                            // [batch, tokens, channels]
} ork_short_convolution;
void ork_convolve_short(const ork_short_convolution *s);
/// y: the gradient by the output; x, w and bias (NULL: not wanted) are written.
typedef struct { const float *y; float *x, *w, *bias; } ork_short_convolution_gradient;
void ork_convolve_short_back(const ork_short_convolution *s, const ork_short_convolution_gradient *d);
/// A convolution of each channel with a kernel as long as the text: y[t] = Σ_{s ≤ t} kernel[s]·x[t − s], by Fourier transforms, or as the
/// sum that it is (direct).   x, y [batch, tokens, channels]  kernel [channels, tokens]
int ork_convolve_long(const float *x, const float *kernel, float *y, int64_t batch, int64_t tokens, int64_t channels, int direct, ork_stop stop);
/// Its gradients by text and kernel, from the gradient by y; by transforms.
void ork_convolve_long_back(const float *x, const float *kernel, const float *g, float *dx, float *dk, int64_t batch, int64_t tokens, int64_t channels);

// ---- rows: the last axis is contiguous, `rows` of them, `stride` apart -----------------------------------------------
/// Softmax of each row; a row of −inf only gives zeros (its log_softmax: −inf). x and y may be the same.
void ork_softmax(const float *x, int64_t xs, float *y, int64_t ys, int64_t rows, int64_t width);
void ork_log_softmax(const float *x, int64_t xs, float *y, int64_t ys, int64_t rows, int64_t width);
/// x / sqrt(mean(x²) + eps) · gain (gain may be NULL)
void ork_rms_norm(const float *x, int64_t xs, const float *gain, float *y, int64_t ys, int64_t rows, int64_t width, float eps);
/// (x − mean) / sqrt(var + eps) · gain + bias, population variance (gain and bias may be NULL)
void ork_layer_norm(const float *x, int64_t xs, const float *gain, const float *bias, float *y, int64_t ys,
                    int64_t rows, int64_t width, float eps);
typedef enum { ORK_SUM, ORK_MAX, ORK_MIN, ORK_ARGMAX, ORK_SUM_SQUARES } ork_reduction;
/// One number a row; ARGMAX gives the index of the first largest (as float). An empty row gives the neutral element.
/// NaN wins: the largest and the smallest of a row with a NaN are NaN, and ARGMAX and top_k count it as the largest.
void ork_reduce(ork_reduction r, const float *x, int64_t xs, float *y, int64_t rows, int64_t width);

/// Rotates the first `rotary` of `width` numbers of every head by cos/sin [positions…, rotary/2] (Su et al. 2021).
/// half = 1: pairs (m, m + rotary/2); half = 0: pairs (2m, 2m+1). The rest is copied.
/// x, y [batch, rows, heads, width] with strides; row r of batch b uses table row index[b·index_batch + r].
void ork_rotate(const float *x, int64_t x_batch, int64_t x_row, int64_t x_head, float *y, int64_t batch, int64_t rows,
                int64_t heads, int64_t width, int64_t rotary, int half, const float *cosines, const float *sines,
                const int32_t *index, int64_t index_batch);      // y is contiguous

// ---- elementwise -----------------------------------------------------------------------------------------------
typedef enum {
  ORK_NEG, ORK_EXP, ORK_LOG, ORK_SQRT, ORK_RSQRT, ORK_SQUARE, ORK_ABS, ORK_RECIPROCAL, ORK_TANH, ORK_SIGMOID, ORK_RELU,
  ORK_GELU, ORK_GELU_TANH, ORK_SILU, ORK_SOFTPLUS, ORK_ERF, ORK_SIN, ORK_COS, ORK_SIGN, ORK_FLOOR, ORK_QUICK_GELU,
  ORK_LOG1P, ORK_EXPM1, ORK_RELU_SQUARED, ORK_ELU
} ork_unary_op;
void ork_unary(ork_unary_op op, const float *x, float *y, int64_t count);   // contiguous; x and y may be the same

typedef enum {
  ORK_ADD, ORK_SUB, ORK_MUL, ORK_DIV, ORK_MAXIMUM, ORK_MINIMUM, ORK_POW,
  ORK_LESS, ORK_LESS_EQUAL, ORK_EQUAL                                       // 1 or 0
} ork_binary_op;
/// y[…] = op(a[…], b[…]), y contiguous, a and b with any strides (0 broadcasts), rank ≤ 8.
void ork_binary(ork_binary_op op, int rank, const int64_t *shape, const float *a, const int64_t *sa, const float *b,
                const int64_t *sb, float *y);
void ork_binary_scalar(ork_binary_op op, const float *a, float b, float *y, int64_t count);
/// act(gate)·up in one pass over rows: SwiGLU, GEGLU (Shazeer 2020). gate, up with row strides; y contiguous.
void ork_gated(ork_unary_op act, const float *gate, int64_t gs, const float *up, int64_t us, float *y, int64_t rows, int64_t width);

// ---- the way back ------------------------------------------------------------------------------------------------
/// dx = op′(x)·g, all contiguous; dx and g may be the same.
void ork_unary_gradient(ork_unary_op op, const float *x, const float *g, float *dx, int64_t count);
/// Of act(gate)·up, all contiguous.
void ork_gated_gradient(ork_unary_op act, const float *gate, const float *up, const float *g, float *dgate, float *dup, int64_t count);
/// y is the result of the softmax (or of its logarithm); rows are contiguous.
void ork_softmax_gradient(const float *y, const float *g, float *dx, int64_t rows, int64_t width, int logarithm);
/// Of rms_norm (centred = 0) and layer_norm (1); gain, dx, dgain and dbias may be NULL. 0 if there is no memory.
int ork_norm_gradient(const float *x, int64_t xs, const float *gain, const float *g, float *dx, float *dgain, float *dbias, int64_t rows, int64_t width,
                      float eps, int centred);
/// y[j] = Σ_i x[i·xs + j], with the same bits for any number of threads. 0 if there is no memory.
int ork_column_sums(const float *x, int64_t xs, float *y, int64_t rows, int64_t width);

// ---- moving ------------------------------------------------------------------------------------------------------
/// y (contiguous f32) = x with any strides and any type, rank ≤ 8. Also the conversion f16/bf16 → f32.
void ork_copy(int rank, const int64_t *shape, const void *x, ork_type type, const int64_t *strides, float *y);
/// y (any strides) = x (contiguous f32): the inverse, used to write into memory.
void ork_scatter_copy(int rank, const int64_t *shape, const float *x, float *y, const int64_t *strides);
/// y = 0; whole pages of long runs are not touched. For memory of the process's own.
void ork_clear(float *y, int64_t count);
/// y += x, both with any strides; no two elements of y may lie in the same place.
void ork_accumulate(int rank, const int64_t *shape, const float *x, const int64_t *xs, float *y, const int64_t *ys);
/// f32 → f16 or bf16, round to nearest even.
void ork_narrow(const float *x, void *y, ork_type type, int64_t count);
/// y[i,:] = table[ids[i],:]; ids outside 0..<tableRows must not occur (checked by the caller).
void ork_gather(const void *table, ork_type type, int64_t lds, const int32_t *ids, int64_t count, int64_t width, float *y);
/// Indices of the k largest of a row, largest first, ties to the lower index. indices [k]
void ork_top_k(const float *x, int64_t width, int64_t k, int32_t *indices);

// ---- learning ------------------------------------------------------------------------------------------------------
/// One parameter as an optimiser sees it: numbers, gradient, first and second moment. Contiguous; what an optimiser does not use may be NULL.
typedef struct { float *w; const float *g; float *m, *v; int64_t count; float decay; } ork_learned;
/// Every gradient is multiplied by gradient_factor first (clipping). rest = 1 − beta, rounded once; correction1 = 1/(1 − beta1^t), correction2 = 1/(1 − beta2^t).
typedef struct { float rate, beta1, rest1, beta2, rest2, epsilon, correction1, correction2, gradient_factor; } ork_adamw_settings;
typedef struct { float rate, momentum, gradient_factor; } ork_momentum_settings;
/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − rate·decay·w − rate·m̂/(√v̂ + ε) (Loshchilov & Hutter 2019, 1711.05101).
void ork_adamw(int count, const ork_learned *parts, const ork_adamw_settings *settings);
/// m ← momentum·m + g, w ← w − rate·decay·w − rate·m.
void ork_momentum(int count, const ork_learned *parts, const ork_momentum_settings *settings);
/// w ← w + share·(g − w): w is the average and g what it follows.
void ork_average(int count, const ork_learned *parts, float share);
/// Σ g² over all parameters, in double precision.
double ork_sum_of_squares(int count, const ork_learned *parts);

// ---- measuring -----------------------------------------------------------------------------------------------------
/// Reads `bytes` bytes with all threads and returns a checksum: the memory speed that decoding is held against.
uint64_t ork_read(const void *x, int64_t bytes);

#ifdef __cplusplus
}
#endif
