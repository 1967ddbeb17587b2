// The kernels against plain loops in double precision, at every instruction set that the processor has. A program by itself, without Swift: so it runs under the
// address and undefined-behaviour sanitizers (`make sanitize`) and, compiled for aarch64, under emulation (`.ci/aarch64`).
//
// Every array is an allocation of exactly its size, and weights lie at odd addresses as in a mapped file: a kernel that reads or writes one number too many is found.
// A gradient is held against the difference quotient of the double-precision forward along a random direction.
#include <CKernels.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef double real;
static int failures, comparisons;
static const char *level = "";

static uint64_t state = 88172645463325252u;
static float number(void) { state = state * 6364136223846793005u + 1442695040888963407u; return (float)((int32_t)(state >> 40) - (1 << 23)) / (1 << 23); }
static float *plain(int64_t n) { float *x = malloc(n ? n * 4 : 1); memset(x, 0x7B, n ? n * 4 : 1); return x; }
static float *fresh(int64_t n) { float *x = plain(n); for (int64_t i = 0; i < n; i++) x[i] = number(); return x; }
static float *spread(int64_t n, float low, float high) { float *x = plain(n); for (int64_t i = 0; i < n; i++) x[i] = low + (high - low) * (number() + 1) / 2; return x; }
static real *zeros(int64_t n) { return calloc(n ? n : 1, sizeof(real)); }
static real *wide(const float *x, int64_t n) { real *y = zeros(n); for (int64_t i = 0; i < n; i++) y[i] = x[i]; return y; }

static void compare(const char *what, const float *a, const real *b, int64_t n, double tolerance) {
  double worst = 0;
  for (int64_t i = 0; i < n; i++) {
    if ((double)a[i] == b[i] || (isnan(a[i]) && isnan(b[i]))) continue;
    double d = fabs(a[i] - b[i]) / (1 + fabs(b[i]));
    if (!(d <= worst)) worst = isnan(d) ? INFINITY : d;
  }
  comparisons++;
  if (!(worst <= tolerance)) { failures++; printf("%s (%s): %g apart, at most %g\n", what, level, worst, tolerance); }
}
static void expect(const char *what, int holds) { comparisons++; if (!holds) { failures++; printf("%s (%s) does not hold\n", what, level); } }
static void slope(const char *what, double found, double wanted, double tolerance) {
  comparisons++;
  if (!(fabs(found - wanted) <= tolerance * (1 + fabs(wanted)))) { failures++; printf("%s (%s): gradient %g, quotient %g\n", what, level, found, wanted); }
}

// ---- what a set of inputs and the direction in which they move is
#define MOST 9
typedef struct { const float *x[MOST]; float *d[MOST], *g[MOST]; int64_t n[MOST]; int count; } inputs;
static void input(inputs *s, const float *x, int64_t n) { int i = s->count++; s->x[i] = x; s->n[i] = n; s->d[i] = fresh(n); s->g[i] = plain(n); }
static real **moved(const inputs *s, double by) {
  real **out = malloc(MOST * sizeof(real *));
  for (int i = 0; i < s->count; i++) { out[i] = wide(s->x[i], s->n[i]); for (int64_t j = 0; j < s->n[i]; j++) out[i][j] += by * s->d[i][j]; }
  return out;
}
static void freeMoved(const inputs *s, real **m) { for (int i = 0; i < s->count; i++) free(m[i]); free(m); }
static double along(const inputs *s) { double sum = 0; for (int i = 0; i < s->count; i++) for (int64_t j = 0; j < s->n[i]; j++) sum += (double)s->g[i][j] * s->d[i][j]; return sum; }
static void release(inputs *s) { for (int i = 0; i < s->count; i++) { free(s->d[i]); free(s->g[i]); free((void *)s->x[i]); } s->count = 0; }
static double dot(const real *a, const float *b, int64_t n) { double sum = 0; for (int64_t i = 0; i < n; i++) sum += a[i] * b[i]; return sum; }

// ---- products
static void *weights(const float *x, int64_t n, ork_type type, float *read, char **block) {
  int size = type == ORK_F32 ? 4 : 2;
  void *narrow = malloc(n * size + 1);
  if (type == ORK_F32) memcpy(narrow, x, n * 4); else ork_narrow(x, narrow, type, n);
  *block = malloc(n * size + 1);
  memcpy(*block + 1, narrow, n * size);
  int64_t one = 1;
  if (n) ork_copy(1, &n, narrow, type, &one, read);
  free(narrow);
  return *block + 1;
}
static void products(void) {
  int sizes[][3] = {{1, 1, 1}, {1, 33, 65}, {3, 4, 16}, {7, 65, 130}, {24, 8, 48}, {25, 31, 65}, {65, 7, 1}, {37, 70, 401}, {3, 4, 0}, {30, 5, 0}};
  for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (ork_type type = ORK_F32; type <= ORK_BF16; type++) {
      int64_t m = sizes[s][0], n = sizes[s][1], k = sizes[s][2], ldx = k + 3, ldw = k + 1;
      int64_t nx = (m - 1) * ldx + k, nw = (n - 1) * ldw + k;  // nothing behind the last row
      float *x = fresh(nx), *w = fresh(nw), *bias = fresh(n), *y = plain(m * n), *read = plain(nw);
      char *block; void *stored = weights(w, nw, type, read, &block);
      real *z = zeros(m * n);
      for (int64_t i = 0; i < m; i++) for (int64_t j = 0; j < n; j++) { z[i * n + j] = bias[j]; for (int64_t p = 0; p < k; p++) z[i * n + j] += (real)x[i * ldx + p] * read[j * ldw + p]; }
      expect("linear ends", ork_linear(x, ldx, stored, type, ldw, bias, y, n, m, n, k, NULL) == 0);
      compare("linear", y, z, m * n, 1e-5);
      float *again = plain(m * n);
      ork_weight parts[2] = {{stored, type, ldw, bias, again, n, n}, {stored, type, ldw, bias, y, n, n}};
      ork_linears(x, ldx, m, k, 2, parts, NULL);
      expect("linears are linear", memcmp(y, again, m * n * 4) == 0);
      free(x); free(w); free(bias); free(y); free(again); free(read); free(block); free(z);
    }
  int64_t batch[2] = {2, 3}, m = 5, n = 37, k = 19, sa[2] = {3 * m * k, m * k}, sb[2] = {0, n * k}, sc[2] = {3 * m * n, m * n};
  float *a = fresh(6 * m * k), *b = fresh(3 * n * k), *c = plain(6 * m * n);
  real *z = zeros(6 * m * n);
  for (int64_t q = 0; q < 6; q++) for (int64_t i = 0; i < m; i++) for (int64_t j = 0; j < n; j++) for (int64_t p = 0; p < k; p++)
    z[(q * m + i) * n + j] += 0.5 * a[(q * m + i) * k + p] * b[((q % 3) * n + j) * k + p];
  ork_matmul(2, batch, sa, sb, sc, a, k, 1, b, ORK_F32, 1, k, c, n, m, n, k, 0.5f, NULL);
  compare("matmul", c, z, 6 * m * n, 1e-5);
  free(a); free(b); free(c); free(z);
}

// ---- attention: batch, queries, keys, heads, groups, width, value width
typedef struct { int64_t b, q, k, h, g, w, v; const int64_t *first, *last; float scale; } attended;
static void attend(const attended *s, real **in, real *out) {
  real *score = zeros(s->k);
  for (int64_t b = 0; b < s->b; b++) for (int64_t h = 0; h < s->h; h++) for (int64_t i = 0; i < s->q; i++) {
    int64_t g = h / (s->h / s->g);
    real top = in[4][h], sum;
    for (int64_t j = s->first[i]; j < s->last[i]; j++) {
      score[j] = in[3][((b * s->h + h) * s->q + i) * s->k + j];
      for (int64_t p = 0; p < s->w; p++) score[j] += s->scale * in[0][((b * s->q + i) * s->h + h) * s->w + p] * in[1][((b * s->k + j) * s->g + g) * s->w + p];
      if (score[j] > top) top = score[j];
    }
    sum = exp(in[4][h] - top);
    for (int64_t j = s->first[i]; j < s->last[i]; j++) sum += exp(score[j] - top);
    for (int64_t p = 0; p < s->v; p++) {
      real mixed = 0;
      for (int64_t j = s->first[i]; j < s->last[i]; j++) mixed += exp(score[j] - top) / sum * in[2][((b * s->k + j) * s->g + g) * s->v + p];
      out[((b * s->q + i) * s->h + h) * s->v + p] = mixed;
    }
  }
  free(score);
}
static void attention(void) {
  int64_t cases[][7] = {{1, 1, 9, 2, 1, 8, 8}, {2, 7, 7, 4, 2, 24, 24}, {1, 33, 70, 2, 2, 17, 5}, {1, 5, 3, 3, 1, 64, 64}};
  for (unsigned c = 0; c < sizeof cases / sizeof *cases; c++) {
    int64_t *z = cases[c], first[70], last[70];
    attended s = {z[0], z[1], z[2], z[3], z[4], z[5], z[6], first, last, 1 / sqrtf(z[5])};
    for (int64_t i = 0; i < s.q; i++) { first[i] = i / 4; last[i] = i + 1 + (s.k > s.q ? s.k - s.q : 0); if (last[i] > s.k) last[i] = s.k; if (first[i] > last[i]) first[i] = last[i]; }
    inputs in = {.count = 0};
    input(&in, fresh(s.b * s.q * s.h * s.w), s.b * s.q * s.h * s.w);
    input(&in, fresh(s.b * s.k * s.g * s.w), s.b * s.k * s.g * s.w);
    input(&in, fresh(s.b * s.k * s.g * s.v), s.b * s.k * s.g * s.v);
    input(&in, fresh(s.b * s.h * s.q * s.k), s.b * s.h * s.q * s.k);
    input(&in, fresh(s.h), s.h);
    int64_t n = s.b * s.q * s.h * s.v;
    float *out = plain(n), *g = fresh(n), *sinks = plain(s.b * s.h);
    ork_attention_shape a = {s.b, s.q, s.k, s.h, s.g, s.w, s.v, in.x[0], s.q * s.h * s.w, s.h * s.w, s.w, in.x[1], s.k * s.g * s.w, s.g * s.w, s.w, in.x[2], s.k * s.g * s.v, s.g * s.v, s.v,
      out, s.q * s.h * s.v, s.h * s.v, s.v, s.scale, first, last, in.x[3], s.h * s.q * s.k, s.q * s.k, s.k, in.x[4]};
    expect("attention ends", ork_attention(&a, NULL) == 0);
    real **at = moved(&in, 0), *right = zeros(n);
    attend(&s, at, right);
    compare("attention", out, right, n, 1e-5);
    ork_attention_gradient d = {g, in.g[0], in.g[1], in.g[2], in.g[3], sinks};
    ork_attention_back(&a, &d, NULL);
    for (int64_t h = 0; h < s.h; h++) { in.g[4][h] = 0; for (int64_t b = 0; b < s.b; b++) in.g[4][h] += sinks[b * s.h + h]; }
    real **up = moved(&in, 1e-4), **down = moved(&in, -1e-4), *high = zeros(n), *low = zeros(n);
    attend(&s, up, high); attend(&s, down, low);
    slope("attention back", along(&in), (dot(high, g, n) - dot(low, g, n)) / 2e-4, 2e-4);
    freeMoved(&in, at); freeMoved(&in, up); freeMoved(&in, down);
    free(right); free(high); free(low); free(out); free(g); free(sinks); release(&in);
  }
}

// ---- recurrences: q, k, v, decay, read, write, start
typedef struct { int64_t b, t, h, k, v, e; } recurred;
static void recur(const recurred *s, real **in, real *out, real *end) {
  for (int64_t b = 0; b < s->b; b++) for (int64_t h = 0; h < s->h; h++) {
    real *S = end + (b * s->h + h) * s->k * s->v, *seen = zeros(s->v);
    memcpy(S, in[6] + (b * s->h + h) * s->k * s->v, s->k * s->v * sizeof(real));
    for (int64_t t = 0; t < s->t; t++) {
      int64_t at = (b * s->t + t) * s->h + h;
      for (int64_t j = 0; j < s->v; j++) { seen[j] = 0; for (int64_t i = 0; i < s->k; i++) seen[j] += in[4][at * s->k + i] * S[i * s->v + j]; }
      for (int64_t i = 0; i < s->k; i++) for (int64_t j = 0; j < s->v; j++)
        S[i * s->v + j] = in[3][at * s->e + (s->e == 1 ? 0 : i)] * S[i * s->v + j] + in[5][at * s->k + i] * seen[j] + in[1][at * s->k + i] * in[2][at * s->v + j];
      for (int64_t j = 0; j < s->v; j++) { out[at * s->v + j] = 0; for (int64_t i = 0; i < s->k; i++) out[at * s->v + j] += S[i * s->v + j] * in[0][at * s->k + i]; }
    }
    free(seen);
  }
}
static void recurrences(void) {
  int64_t cases[][6] = {{1, 1, 1, 1, 1, 1}, {2, 5, 2, 8, 8, 8}, {1, 9, 3, 17, 33, 1}, {1, 20, 1, 16, 5, 16}};
  for (unsigned c = 0; c < 4; c++) {
    int64_t *z = cases[c];
    recurred s = {z[0], z[1], z[2], z[3], z[4], z[5]};
    int64_t rows = s.b * s.t * s.h, nk = rows * s.k, nv = rows * s.v, ne = rows * s.e, ns = s.b * s.h * s.k * s.v;
    inputs in = {.count = 0};
    input(&in, fresh(nk), nk); input(&in, fresh(nk), nk); input(&in, fresh(nv), nv); input(&in, spread(ne, 0.5f, 1), ne);
    input(&in, spread(nk, -0.3f, 0.3f), nk); input(&in, spread(nk, -0.3f, 0.3f), nk); input(&in, fresh(ns), ns);
    float *out = plain(nv), *end = plain(ns), *go = fresh(nv), *ge = fresh(ns);
    ork_recurrence r = {s.b, s.t, s.h, s.k, s.v, in.x[0], in.x[1], in.x[2], in.x[3], s.e, in.x[4], in.x[5], in.x[6], out, end};
    expect("recurrence ends", ork_recur(&r, NULL) == 0);
    real **at = moved(&in, 0), **up = moved(&in, 1e-5), **down = moved(&in, -1e-5), *o = zeros(nv), *e = zeros(ns), *oh = zeros(nv), *eh = zeros(ns);
    recur(&s, at, o, e);
    compare("recurrence", out, o, nv, 2e-5); compare("recurrence's end", end, e, ns, 2e-5);
    ork_recurrence_gradient d = {go, ge, in.g[0], in.g[1], in.g[2], in.g[3], in.g[4], in.g[5], in.g[6]};
    ork_recur_back(&r, &d);
    recur(&s, up, oh, eh); recur(&s, down, o, e);
    slope("recurrence back", along(&in), (dot(oh, go, nv) + dot(eh, ge, ns) - dot(o, go, nv) - dot(e, ge, ns)) / 2e-5, 2e-3);
    freeMoved(&in, at); freeMoved(&in, up); freeMoved(&in, down);
    free(o); free(e); free(oh); free(eh); free(out); free(end); free(go); free(ge); release(&in);
  }
}

// ---- Mamba's scan: x, step, a, b, c, start
typedef struct { int64_t b, t, c, s; } scanned;
static void scan(const scanned *s, real **in, real *y, real *end) {
  memcpy(end, in[5], s->b * s->c * s->s * sizeof(real));
  for (int64_t b = 0; b < s->b; b++) for (int64_t t = 0; t < s->t; t++) for (int64_t c = 0; c < s->c; c++) {
    int64_t at = (b * s->t + t) * s->c + c;
    y[at] = 0;
    for (int64_t i = 0; i < s->s; i++) {
      real *h = end + (b * s->c + c) * s->s + i;
      *h = exp(in[1][at] * in[2][c * s->s + i]) * *h + in[1][at] * in[0][at] * in[3][(b * s->t + t) * s->s + i];
      y[at] += in[4][(b * s->t + t) * s->s + i] * *h;
    }
  }
}
static void scans(void) {
  int64_t cases[][4] = {{1, 1, 1, 1}, {2, 7, 5, 16}, {1, 13, 33, 3}, {1, 4, 64, 16}};
  for (unsigned c = 0; c < 4; c++) {
    scanned s = {cases[c][0], cases[c][1], cases[c][2], cases[c][3]};
    int64_t nx = s.b * s.t * s.c, na = s.c * s.s, nb = s.b * s.t * s.s, ns = s.b * s.c * s.s;
    inputs in = {.count = 0};
    input(&in, fresh(nx), nx); input(&in, spread(nx, 0.1f, 1), nx); input(&in, spread(na, -2, -0.1f), na); input(&in, fresh(nb), nb); input(&in, fresh(nb), nb); input(&in, fresh(ns), ns);
    float *y = plain(nx), *end = plain(ns), *gy = fresh(nx), *ge = fresh(ns), *each = plain(s.b * na);
    ork_scan_shape r = {s.b, s.t, s.c, s.s, in.x[0], in.x[1], in.x[2], in.x[3], in.x[4], in.x[5], y, end};
    expect("scan ends", ork_scan(&r, NULL) == 0);
    real **at = moved(&in, 0), **up = moved(&in, 1e-5), **down = moved(&in, -1e-5), *o = zeros(nx), *e = zeros(ns), *oh = zeros(nx), *eh = zeros(ns);
    scan(&s, at, o, e);
    compare("scan", y, o, nx, 2e-5); compare("scan's end", end, e, ns, 2e-5);
    ork_scan_gradient d = {gy, ge, in.g[0], in.g[1], each, in.g[3], in.g[4], in.g[5]};
    ork_scan_back(&r, &d);
    for (int64_t i = 0; i < na; i++) { in.g[2][i] = 0; for (int64_t b = 0; b < s.b; b++) in.g[2][i] += each[b * na + i]; }
    scan(&s, up, oh, eh); scan(&s, down, o, e);
    slope("scan back", along(&in), (dot(oh, gy, nx) + dot(eh, ge, ns) - dot(o, gy, nx) - dot(e, ge, ns)) / 2e-5, 1e-3);
    freeMoved(&in, at); freeMoved(&in, up); freeMoved(&in, down);
    free(o); free(e); free(oh); free(eh); free(y); free(end); free(gy); free(ge); free(each); release(&in);
  }
}

// ---- RWKV-4: k, v, w, u, start (numerator, denominator, m)
typedef struct { int64_t b, t, c; } averaged;
static void average(const averaged *s, real **in, real *out, real *num, real *den) {
  for (int64_t b = 0; b < s->b; b++) for (int64_t c = 0; c < s->c; c++) {
    real m = in[4][(b * 3 + 2) * s->c + c], p = in[4][b * 3 * s->c + c] * exp(m), q = in[4][(b * 3 + 1) * s->c + c] * exp(m);
    for (int64_t t = 0; t < s->t; t++) {
      int64_t at = (b * s->t + t) * s->c + c;
      real now = exp(in[3][c] + in[0][at]), kept = exp(in[0][at]);
      out[at] = (p + now * in[1][at]) / (q + now);
      p = exp(in[2][c]) * p + kept * in[1][at];
      q = exp(in[2][c]) * q + kept;
    }
    num[b * s->c + c] = p; den[b * s->c + c] = q;
  }
}
static void wkv(void) {
  averaged s = {2, 7, 37};
  int64_t n = s.b * s.t * s.c, ns = s.b * 3 * s.c;
  inputs in = {.count = 0};
  input(&in, fresh(n), n); input(&in, fresh(n), n); input(&in, spread(s.c, -2, -0.1f), s.c); input(&in, fresh(s.c), s.c); input(&in, spread(ns, 0.2f, 1), ns);
  float *out = plain(n), *end = plain(ns), *g = fresh(n), *gw = plain(s.b * s.c), *gu = plain(s.b * s.c);
  ork_wkv_shape r = {s.b, s.t, s.c, in.x[0], in.x[1], in.x[2], in.x[3], in.x[4], out, end};
  ork_wkv(&r);
  real **at = moved(&in, 0), **up, **down, *o = zeros(n), *h = zeros(n), *p = zeros(s.b * s.c), *q = zeros(s.b * s.c);
  average(&s, at, o, p, q);
  compare("wkv", out, o, n, 2e-5);
  for (int64_t b = 0; b < s.b; b++) for (int64_t c = 0; c < s.c; c++) {
    real m = exp(end[(b * 3 + 2) * s.c + c]);
    expect("wkv's end", fabs(end[b * 3 * s.c + c] * m - p[b * s.c + c]) < 1e-4 * (1 + fabs(p[b * s.c + c])) && fabs(end[(b * 3 + 1) * s.c + c] * m - q[b * s.c + c]) < 1e-4 * (1 + q[b * s.c + c]));
  }
  ork_wkv_gradient d = {g, NULL, in.g[0], in.g[1], gw, gu, in.g[4]};
  ork_wkv_back(&r, &d);
  for (int64_t c = 0; c < s.c; c++) { in.g[2][c] = gw[c] + gw[s.c + c]; in.g[3][c] = gu[c] + gu[s.c + c]; }
  for (int64_t i = 0; i < ns; i++) if (i / s.c % 3 == 2) in.d[4][i] = 0;  // m is a scale of the two, no input
  up = moved(&in, 1e-5); down = moved(&in, -1e-5);
  average(&s, up, h, p, q); average(&s, down, o, p, q);
  slope("wkv back", along(&in), (dot(h, g, n) - dot(o, g, n)) / 2e-5, 1e-3);
  freeMoved(&in, at); freeMoved(&in, up); freeMoved(&in, down);
  free(o); free(h); free(p); free(q); free(out); free(end); free(g); free(gw); free(gu); release(&in);
}

// ---- convolutions, and a triangle solved
static void convolutions(void) {
  int64_t b = 2, t = 11, c = 37, taps = 4, rows = t + taps - 1, n = b * t * c, nx = b * rows * c;
  float *x = fresh(nx), *w = fresh(c * taps), *bias = fresh(c), *y = plain(n), *g = fresh(n), *dx = plain(nx), *dw = plain(c * taps), *db = plain(c);
  real *z = zeros(n), *zx = zeros(nx), *zw = zeros(c * taps), *zb = zeros(c);
  for (int64_t q = 0; q < b; q++) for (int64_t i = 0; i < t; i++) for (int64_t j = 0; j < c; j++) {
    int64_t at = (q * t + i) * c + j;
    z[at] = bias[j]; zb[j] += g[at];
    for (int64_t p = 0; p < taps; p++) {
      z[at] += (real)w[j * taps + p] * x[(q * rows + i + p) * c + j];
      zx[(q * rows + i + p) * c + j] += (real)w[j * taps + p] * g[at];
      zw[j * taps + p] += (real)x[(q * rows + i + p) * c + j] * g[at];
    }
  }
  ork_short_convolution s = {b, t, c, taps, x, w, bias, y};
  ork_convolve_short(&s); compare("short convolution", y, z, n, 1e-5);
  ork_short_convolution_gradient d = {g, dx, dw, db};
  ork_convolve_short_back(&s, &d);
  compare("short convolution back, x", dx, zx, nx, 1e-5); compare("short convolution back, w", dw, zw, c * taps, 1e-5); compare("short convolution back, bias", db, zb, c, 1e-5);
  free(x); free(w); free(bias); free(y); free(g); free(dx); free(dw); free(db); free(z); free(zx); free(zw); free(zb);

  for (t = 1; t <= 50; t += 7) {
    n = b * t * c;
    x = fresh(n); w = fresh(c * t); y = plain(n); g = fresh(n); dx = plain(n); dw = plain(c * t);
    z = zeros(n); zx = zeros(n); zw = zeros(c * t);
    for (int64_t q = 0; q < b; q++) for (int64_t j = 0; j < c; j++) for (int64_t i = 0; i < t; i++) for (int64_t p = 0; p <= i; p++) {
      z[(q * t + i) * c + j] += (real)w[j * t + p] * x[(q * t + i - p) * c + j];
      zx[(q * t + i - p) * c + j] += (real)w[j * t + p] * g[(q * t + i) * c + j];
      zw[j * t + p] += (real)x[(q * t + i - p) * c + j] * g[(q * t + i) * c + j];
    }
    for (int direct = 0; direct < 2; direct++) { ork_convolve_long(x, w, y, b, t, c, direct, NULL); compare("long convolution", y, z, n, 2e-5); }
    ork_convolve_long_back(x, w, g, dx, dw, b, t, c);
    compare("long convolution back, x", dx, zx, n, 2e-5); compare("long convolution back, kernel", dw, zw, c * t, 2e-5);
    free(x); free(w); free(y); free(g); free(dx); free(dw); free(z); free(zx); free(zw);
  }
  int64_t count = 3, size = 19, columns = 21;
  float *a = spread(count * size * size, -0.3f, 0.3f), *right = fresh(count * size * columns), *found = plain(count * size * columns);
  for (int transposed = 0; transposed < 2; transposed++) {
    ork_solve_unit(a, right, found, count, size, columns, transposed);
    real *back = zeros(count * size * columns);
    for (int64_t q = 0; q < count; q++) for (int64_t i = 0; i < size; i++) for (int64_t j = 0; j < columns; j++) {
      real sum = found[(q * size + i) * columns + j];
      for (int64_t p = 0; p < size; p++) if (transposed ? p > i : p < i) sum -= (real)a[(q * size + (transposed ? p : i)) * size + (transposed ? i : p)] * found[(q * size + p) * columns + j];
      back[(q * size + i) * columns + j] = sum;
    }
    compare("a solved triangle", right, back, count * size * columns, 1e-5);
    free(back);
  }
  free(a); free(right); free(found);
}

// ---- rows
static void rows(void) {
  for (int64_t width = 1; width < 140; width += width < 20 ? 1 : 23) {
    int64_t n = 5, xs = width + 2, size = (n - 1) * xs + width;
    float *x = fresh(size), *gain = fresh(width), *bias = fresh(width), *y = plain(n * width), *g = fresh(n * width), *dx = plain(n * width), *dg = plain(width), *db = plain(width);
    real *soft = zeros(n * width), *logs = zeros(n * width), *rms = zeros(n * width), *norm = zeros(n * width), *ds = zeros(n * width), *sums = zeros(width);
    for (int64_t i = 0; i < n; i++) {
      const float *row = x + i * xs;
      real top = -INFINITY, sum = 0, squares = 0, mean = 0, var = 0, mixed = 0;
      for (int64_t j = 0; j < width; j++) { top = row[j] > top ? row[j] : top; squares += (real)row[j] * row[j] / width; mean += (real)row[j] / width; }
      for (int64_t j = 0; j < width; j++) { sum += exp(row[j] - top); var += (row[j] - mean) * (row[j] - mean) / width; sums[j] += row[j]; }
      for (int64_t j = 0; j < width; j++) {
        soft[i * width + j] = exp(row[j] - top) / sum; logs[i * width + j] = row[j] - top - log(sum);
        rms[i * width + j] = row[j] / sqrt(squares + 1e-5) * gain[j]; norm[i * width + j] = (row[j] - mean) / sqrt(var + 1e-5) * gain[j] + bias[j];
        mixed += soft[i * width + j] * g[i * width + j];
      }
      for (int64_t j = 0; j < width; j++) ds[i * width + j] = soft[i * width + j] * (g[i * width + j] - mixed);
    }
    ork_softmax(x, xs, y, width, n, width); compare("softmax", y, soft, n * width, 2e-6);
    ork_softmax_gradient(y, g, dx, n, width, 0); compare("softmax back", dx, ds, n * width, 1e-5);
    ork_log_softmax(x, xs, y, width, n, width); compare("log softmax", y, logs, n * width, 5e-6);
    ork_softmax_gradient(y, g, dx, n, width, 1);
    ork_rms_norm(x, xs, gain, y, width, n, width, 1e-5f); compare("rms norm", y, rms, n * width, 1e-5);
    ork_layer_norm(x, xs, gain, bias, y, width, n, width, 1e-5f); compare("layer norm", y, norm, n * width, width == 1 ? 1e-3 : 5e-5);
    for (int centred = 0; centred < 2; centred++) {
      float *along_ = fresh(n * width);
      expect("there is memory", ork_norm_gradient(x, xs, gain, g, dx, dg, centred ? db : NULL, n, width, 1e-5f, centred));
      double found = 0, quotient = 0;
      for (int sign = -1; sign <= 1; sign += 2) for (int64_t i = 0; i < n; i++) {
        real mean = 0, var = 0;
        for (int64_t j = 0; j < width; j++) mean += centred ? (x[i * xs + j] + sign * 1e-4 * along_[i * width + j]) / width : 0;
        for (int64_t j = 0; j < width; j++) { real v = x[i * xs + j] + sign * 1e-4 * along_[i * width + j] - mean; var += v * v / width; }
        for (int64_t j = 0; j < width; j++) quotient += sign * g[i * width + j] * gain[j] * (x[i * xs + j] + sign * 1e-4 * along_[i * width + j] - mean) / sqrt(var + 1e-5) / 2e-4;
      }
      for (int64_t i = 0; i < n * width; i++) found += (double)dx[i] * along_[i];
      if (width > 2) slope(centred ? "layer norm back" : "rms norm back", found, quotient, 2e-3);
      free(along_);
    }
    expect("there is memory", ork_column_sums(x, xs, dg, n, width)); compare("column sums", dg, sums, width, 1e-5);
    for (ork_reduction r = ORK_SUM; r <= ORK_SUM_SQUARES; r++) {
      real right[5];
      for (int64_t i = 0; i < n; i++) {
        const float *row = x + i * xs;
        real sum = 0, top = row[0], low = row[0], squares = 0; int64_t best = 0;
        for (int64_t j = 0; j < width; j++) { sum += row[j]; squares += (real)row[j] * row[j]; if (row[j] > top) { top = row[j]; best = j; } if (row[j] < low) low = row[j]; }
        right[i] = r == ORK_SUM ? sum : r == ORK_MAX ? top : r == ORK_MIN ? low : r == ORK_ARGMAX ? best : squares;
      }
      ork_reduce(r, x, xs, y, n, width); compare("reduce", y, right, n, 1e-5);
    }
    int64_t k = width < 7 ? width : 7;
    int32_t *top = malloc(k * 4);
    ork_top_k(x, width, k, top);
    for (int64_t i = 1; i < k; i++) expect("top k is in order", x[top[i]] <= x[top[i - 1]]);
    free(top); free(x); free(gain); free(bias); free(y); free(g); free(dx); free(dg); free(db); free(soft); free(logs); free(rms); free(norm); free(ds); free(sums);
  }
  int64_t b = 2, t = 5, h = 3, width = 14, rotary = 10, n = b * t * h * width;
  for (int half = 0; half < 2; half++) {
    float *x = fresh(n), *y = plain(n), *c = fresh(8 * rotary / 2), *s = fresh(8 * rotary / 2);
    int32_t *index = malloc(b * t * 4);
    for (int i = 0; i < b * t; i++) index[i] = (i * 3) % 8;
    real *z = wide(x, n);
    for (int64_t r = 0; r < b * t * h; r++) for (int64_t m = 0; m < rotary / 2; m++) {
      int64_t i = r * width + (half ? m : 2 * m), j = r * width + (half ? m + rotary / 2 : 2 * m + 1), at = index[r / h] * (rotary / 2) + m;
      z[i] = (real)x[i] * c[at] - (real)x[j] * s[at]; z[j] = (real)x[i] * s[at] + (real)x[j] * c[at];
    }
    ork_rotate(x, t * h * width, h * width, width, y, b, t, h, width, rotary, half, c, s, index, t);
    compare("rotation", y, z, n, 1e-5);
    free(x); free(y); free(c); free(s); free(index); free(z);
  }
}

// ---- element by element
static real apply(ork_unary_op op, real x) {
  switch (op) {
    case ORK_NEG: return -x; case ORK_EXP: return exp(x); case ORK_LOG: return log(x); case ORK_SQRT: return sqrt(x); case ORK_RSQRT: return 1 / sqrt(x); case ORK_SQUARE: return x * x;
    case ORK_ABS: return fabs(x); case ORK_RECIPROCAL: return 1 / x; case ORK_TANH: return tanh(x); case ORK_SIGMOID: return 1 / (1 + exp(-x)); case ORK_RELU: return x > 0 ? x : 0;
    case ORK_GELU: return 0.5 * x * (1 + erf(x / sqrt(2))); case ORK_GELU_TANH: return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case ORK_SILU: return x / (1 + exp(-x)); case ORK_SOFTPLUS: return log1p(exp(x)); case ORK_ERF: return erf(x); case ORK_SIN: return sin(x); case ORK_COS: return cos(x);
    case ORK_SIGN: return x > 0 ? 1 : x < 0 ? -1 : 0; case ORK_FLOOR: return floor(x); case ORK_QUICK_GELU: return x / (1 + exp(-1.702 * x)); case ORK_LOG1P: return log1p(x);
    case ORK_EXPM1: return expm1(x); case ORK_RELU_SQUARED: return x > 0 ? x * x : 0; case ORK_ELU: return x > 0 ? x : expm1(x);
  }
  return NAN;
}
static void elements(void) {
  for (ork_unary_op op = ORK_NEG; op <= ORK_ELU; op++) for (int64_t n = 0; n < 80; n = n * 2 + 3) {
    int positive = op == ORK_LOG || op == ORK_SQRT || op == ORK_RSQRT || op == ORK_RECIPROCAL || op == ORK_LOG1P;
    float *x = positive ? spread(n, 0.1f, 3) : spread(n, -3, 3), *y = plain(n), *g = fresh(n), *dx = plain(n);
    real *z = zeros(n), *d = zeros(n);
    for (int64_t i = 0; i < n; i++) { z[i] = apply(op, x[i]); d[i] = op == ORK_SIGN || op == ORK_FLOOR ? 0 : g[i] * (apply(op, x[i] + 1e-6) - apply(op, x[i] - 1e-6)) / 2e-6; }
    char what[32]; snprintf(what, sizeof what, "unary %d", op);
    ork_unary(op, x, y, n); compare(what, y, z, n, 5e-6);
    ork_unary_gradient(op, x, g, dx, n); compare(what, dx, d, n, 1e-4);
    free(x); free(y); free(g); free(dx); free(z); free(d);
  }
  for (ork_binary_op op = ORK_ADD; op <= ORK_EQUAL; op++) {
    int64_t shape[3] = {3, 5, 33}, sa[3] = {165, 33, 1}, sb[3] = {0, 1, 0}, n = 495;  // b is a column
    float *a = spread(n, 0.1f, 2), *b = spread(5, 0.1f, 2), *y = plain(n);
    a[7] = b[0];
    real *z = zeros(n), *w = zeros(n);
    for (int64_t i = 0; i < n; i++) for (int other = 0; other < 2; other++) {
      real p = a[i], q = other ? 0.75f : b[i / 33 % 5], r = 0;
      switch (op) {
        case ORK_ADD: r = p + q; break; case ORK_SUB: r = p - q; break; case ORK_MUL: r = p * q; break; case ORK_DIV: r = p / q; break; case ORK_MAXIMUM: r = p > q ? p : q; break;
        case ORK_MINIMUM: r = p < q ? p : q; break; case ORK_POW: r = pow(p, q); break; case ORK_LESS: r = p < q; break; case ORK_LESS_EQUAL: r = p <= q; break; case ORK_EQUAL: r = p == q; break;
      }
      (other ? w : z)[i] = r;
    }
    ork_binary(op, 3, shape, a, sa, b, sb, y); compare("binary", y, z, n, 1e-5);
    ork_binary_scalar(op, a, 0.75f, y, n); compare("binary with a number", y, w, n, 1e-5);
    free(a); free(b); free(y); free(z); free(w);
  }
  int64_t rows = 3, width = 37, n = rows * width;
  float *gate = fresh((rows - 1) * 40 + width), *up = fresh((rows - 1) * 39 + width), *y = plain(n), *g = fresh(n), *flat = plain(n), *flatUp = plain(n), *dg = plain(n), *du = plain(n);
  real *z = zeros(n), *zg = zeros(n), *zu = zeros(n);
  for (int64_t i = 0; i < rows; i++) for (int64_t j = 0; j < width; j++) {
    real p = flat[i * width + j] = gate[i * 40 + j], q = flatUp[i * width + j] = up[i * 39 + j];
    z[i * width + j] = apply(ORK_SILU, p) * q; zu[i * width + j] = apply(ORK_SILU, p) * g[i * width + j];
    zg[i * width + j] = (apply(ORK_SILU, p + 1e-6) - apply(ORK_SILU, p - 1e-6)) / 2e-6 * q * g[i * width + j];
  }
  ork_gated(ORK_SILU, gate, 40, up, 39, y, rows, width); compare("gated", y, z, n, 5e-6);
  ork_gated_gradient(ORK_SILU, flat, flatUp, g, dg, du, n); compare("gated back, gate", dg, zg, n, 1e-4); compare("gated back, up", du, zu, n, 1e-5);
  free(gate); free(up); free(y); free(g); free(flat); free(flatUp); free(dg); free(du); free(z); free(zg); free(zu);
}

// ---- moving and learning
static void moving(void) {
  int64_t shape[3] = {3, 5, 7}, turned[3] = {1, 3, 15}, n = 105;
  float *x = fresh(n), *y = plain(n), *back = plain(n), *sum = fresh(n);
  real *z = zeros(n), *total = wide(sum, n);
  for (int64_t i = 0; i < n; i++) { z[i] = x[i / 35 + i / 7 % 5 * 3 + i % 7 * 15]; total[i / 35 + i / 7 % 5 * 3 + i % 7 * 15] += y == NULL ? 0 : z[i]; }
  ork_copy(3, shape, x, ORK_F32, turned, y); compare("copy", y, z, n, 0);
  ork_scatter_copy(3, shape, y, back, turned); expect("scatter is copy's inverse", memcmp(back, x, n * 4) == 0);
  int64_t straight[3] = {35, 7, 1};
  ork_accumulate(3, shape, y, straight, sum, turned); compare("accumulate", sum, total, n, 1e-6);
  ork_clear(back, n);
  for (int64_t i = 0; i < n; i++) expect("clear", back[i] == 0);
  free(x); free(y); free(back); free(sum); free(z); free(total);
  for (ork_type type = ORK_F32; type <= ORK_BF16; type++) {
    int64_t width = 37, count = 9;
    float *table = fresh(11 * width), *read = plain(11 * width), *out = plain(count * width);
    char *block; void *stored = weights(table, 11 * width, type, read, &block);
    int32_t ids[9] = {10, 0, 3, 3, 7, 1, 10, 2, 9};
    real *z2 = zeros(count * width);
    for (int64_t i = 0; i < count * width; i++) z2[i] = read[ids[i / width] * width + i % width];
    ork_gather(stored, type, width, ids, count, width, out); compare("gather", out, z2, count * width, 0);
    for (int64_t i = 0; i < 11 * width; i++) expect("narrowing rounds", fabs(read[i] - table[i]) <= (type == ORK_F32 ? 0 : type == ORK_F16 ? 1e-3 : 5e-3));
    free(table); free(read); free(out); free(block); free(z2);
  }
  float *big = fresh(4097);
  (void)ork_read(big, 4097 * 4); (void)ork_read((char *)big + 1, 777);
  free(big);
}
static void learning(void) {
  int64_t sizes[3] = {1, 37, 1030};
  ork_learned parts[3];
  real *w[3], *m[3], *v[3], squares = 0;
  for (int p = 0; p < 3; p++) {
    int64_t n = sizes[p];
    parts[p] = (ork_learned){fresh(n), fresh(n), fresh(n), spread(n, 0, 1), n, p == 1 ? 0.1f : 0};
    w[p] = wide(parts[p].w, n); m[p] = wide(parts[p].m, n); v[p] = wide(parts[p].v, n);
    for (int64_t i = 0; i < n; i++) squares += (real)parts[p].g[i] * parts[p].g[i];
  }
  expect("sum of squares", fabs(ork_sum_of_squares(3, parts) - squares) < 1e-9 * squares);
  ork_adamw_settings s = {0.01f, 0.9f, 0.1f, 0.99f, 0.01f, 1e-6f, 2, 3, 0.5f};
  ork_adamw(3, parts, &s);
  for (int p = 0; p < 3; p++) {
    for (int64_t i = 0; i < sizes[p]; i++) {
      real g = (real)s.gradient_factor * parts[p].g[i];
      m[p][i] = s.beta1 * m[p][i] + s.rest1 * g; v[p][i] = s.beta2 * v[p][i] + s.rest2 * g * g;
      w[p][i] -= s.rate * parts[p].decay * w[p][i] + s.rate * m[p][i] * s.correction1 / (sqrt(v[p][i] * s.correction2) + s.epsilon);
    }
    compare("adamw", parts[p].w, w[p], sizes[p], 1e-5); compare("adamw's moments", parts[p].m, m[p], sizes[p], 1e-5);
    memcpy(parts[p].m, parts[p].m, 0);
  }
  ork_momentum_settings o = {0.01f, 0.9f, 0.5f};
  for (int p = 0; p < 3; p++) for (int64_t i = 0; i < sizes[p]; i++) { w[p][i] = parts[p].w[i]; m[p][i] = parts[p].m[i]; }
  ork_momentum(3, parts, &o);
  for (int p = 0; p < 3; p++) {
    for (int64_t i = 0; i < sizes[p]; i++) { m[p][i] = o.momentum * m[p][i] + (real)o.gradient_factor * parts[p].g[i]; w[p][i] -= o.rate * parts[p].decay * w[p][i] + o.rate * m[p][i]; }
    compare("momentum", parts[p].w, w[p], sizes[p], 1e-5);
    for (int64_t i = 0; i < sizes[p]; i++) w[p][i] = parts[p].w[i] + 0.25 * ((real)parts[p].g[i] - parts[p].w[i]);
  }
  ork_average(3, parts, 0.25f);
  for (int p = 0; p < 3; p++) { compare("average", parts[p].w, w[p], sizes[p], 1e-6); free(parts[p].w); free((void *)parts[p].g); free(parts[p].m); free(parts[p].v); free(w[p]); free(m[p]); free(v[p]); }
}

int main(void) {
  const char *last = "";
  for (int limit = 0; limit <= 2; limit++) {
    ork_limit_instructions(limit);
    level = ork_instructions();
    if (!strcmp(level, last)) continue;
    last = level;
    for (int threads = 1; threads <= 2; threads++) {
      ork_set_threads(threads);
      products(); attention(); recurrences(); scans(); wkv(); convolutions(); rows(); elements(); moving(); learning();
    }
    printf("%s: %d comparisons, %d failed\n", level, comparisons, failures);
  }
  return failures ? 1 : 0;
}
