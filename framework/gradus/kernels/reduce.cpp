#include "gradus/kernels/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/reduce.cpp"
#include "gradus/base/simd.h"
#include "gradus/base/simd_math.h"

namespace gradus::kernels {
#ifndef GRADUS_KERNELS_REDUCE_ONCE
#define GRADUS_KERNELS_REDUCE_ONCE
/// One walk over the data; logsumexp takes two.
enum class Pass { sum, max, min, sum_exp };
#endif
}  // namespace gradus::kernels

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;

/// out[j] = the reduction of x[i, j] over i < rows, for the columns of x [rows, columns] with rows `stride`
/// apart. fold(accumulator, element, shift[j]) adds one row.
template <class T, class F>
void fold_columns(std::int64_t rows, std::int64_t columns, std::int64_t stride, const T* x, const T* shift,
                  double* out, T start, F fold) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const std::int64_t step = simd::lanes(d);
  const auto emit = [&](V v, std::int64_t j, std::int64_t count) HWY_ATTR {
    HWY_ALIGN T lane[HWY_MAX_BYTES / sizeof(T)];
    hn::Store(v, d, lane);
    for (std::int64_t k = 0; k < count; ++k) out[j + k] = static_cast<double>(lane[k]);
  };
  const auto shift_at = [&](std::int64_t j)
                            HWY_ATTR { return shift ? simd::load(d, shift + j, columns - j) : hn::Zero(d); };
  const V first = hn::Set(d, start);
  std::int64_t j = 0;
  for (; j + 4 * step <= columns; j += 4 * step) {  // four at a time hide the latency of an addition
    V a0 = first, a1 = first, a2 = first, a3 = first;
    const V s0 = shift_at(j), s1 = shift_at(j + step), s2 = shift_at(j + 2 * step),
            s3 = shift_at(j + 3 * step);
    const T* p = x + j;
    for (std::int64_t i = 0; i < rows; ++i, p += stride) {
      a0 = fold(a0, hn::LoadU(d, p), s0);
      a1 = fold(a1, hn::LoadU(d, p + step), s1);
      a2 = fold(a2, hn::LoadU(d, p + 2 * step), s2);
      a3 = fold(a3, hn::LoadU(d, p + 3 * step), s3);
    }
    emit(a0, j, step);
    emit(a1, j + step, step);
    emit(a2, j + 2 * step, step);
    emit(a3, j + 3 * step, step);
  }
  for (; j < columns; j += step) {
    const std::int64_t count = std::min(step, columns - j);
    const V s = shift_at(j);
    V a = first;
    for (std::int64_t i = 0; i < rows; ++i) a = fold(a, simd::load(d, x + i * stride + j, count), s);
    emit(a, j, count);
  }
}

template <class T>
void columns(Pass pass, std::int64_t rows, std::int64_t width, std::int64_t stride, const T* x,
             const T* shift, double* out) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const T infinity = std::numeric_limits<T>::infinity();
  const auto fold = [&](T start, auto f)
                        HWY_ATTR { return fold_columns(rows, width, stride, x, shift, out, start, f); };
  switch (pass) {
    case Pass::sum: return fold(T(0), [](V a, V v, V) HWY_ATTR { return hn::Add(a, v); });
    case Pass::max: return fold(-infinity, [](V a, V v, V) HWY_ATTR { return simd::max_or_nan(v, a); });
    case Pass::min: return fold(infinity, [](V a, V v, V) HWY_ATTR { return simd::min_or_nan(v, a); });
    case Pass::sum_exp:
      return fold(T(0), [d](V a, V v, V s) HWY_ATTR { return hn::Add(a, simd::exp(d, hn::Sub(v, s))); });
  }
}

/// The reduction of x[0] ... x[n - 1].
template <class T> double row(Pass pass, std::int64_t n, const T* x, T shift) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  switch (pass) {
    case Pass::sum: return simd::sum(n, x);
    case Pass::max: return static_cast<double>(simd::max(n, x));
    case Pass::min: return static_cast<double>(simd::min(n, x));
    case Pass::sum_exp: break;
  }
  const V s = hn::Set(d, shift);
  const auto shifted_exp = [=](V v) HWY_ATTR { return simd::exp(d, hn::Sub(v, s)); };
  return simd::sum<T>(n, shifted_exp, x);
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {

constexpr std::int64_t row_part = 65536;   // longer rows are cut
constexpr std::int64_t column_part = 256;  // rows of a matrix whose columns are added in T; then in double
constexpr std::int64_t strip = 512;        // columns per task

/// body(0) ... body(count - 1), each on some `size` elements, several to a task where they are small.
template <class F> void for_each_piece(std::int64_t count, std::int64_t size, const F& body) {
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, size));
  parallel_blocks(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
}

double combine(Pass pass, double a, double b) {
  switch (pass) {
    case Pass::max: return b > a || b != b ? b : a;
    case Pass::min: return b < a || b != b ? b : a;
    case Pass::sum:
    case Pass::sum_exp: break;
  }
  return a + b;
}

/// One pass over x [outer, n, inner] with n in parts of a fixed size. shift is [outer, inner] or null.
template <class T>
void run(Pass pass, std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, const T* shift,
         T* y) {
  const std::int64_t part = inner == 1 ? row_part : column_part;
  const std::int64_t parts = std::max<std::int64_t>(1, (n + part - 1) / part);
  const std::int64_t strips = (inner + strip - 1) / strip;
  std::vector<double> partial(static_cast<std::size_t>(parts > 1 ? outer * parts * inner : 0));
  const auto row_loop = GRADUS_SIMD(row<T>);
  const auto column_loop = GRADUS_SIMD(columns<T>);

  for_each_piece(outer * parts * strips, std::min(n, part) * std::min(inner, strip), [&](std::int64_t i) {
    const std::int64_t o = i / strips / parts, p = i / strips % parts, first = i % strips * strip;
    const std::int64_t rows = std::min(part, n - p * part), width = std::min(strip, inner - first);
    const T* from = x + (o * n + p * part) * inner + first;
    const T* shifts = shift ? shift + o * inner + first : nullptr;
    double out[strip];
    if (inner == 1) {
      out[0] = row_loop(pass, rows, from, shifts ? *shifts : T(0));
    } else {
      column_loop(pass, rows, width, inner, from, shifts, out);
    }
    if (parts > 1) {
      std::copy_n(out, width, partial.data() + (o * parts + p) * inner + first);
    } else {
      std::transform(out, out + width, y + o * inner + first, [](double v) { return static_cast<T>(v); });
    }
  });
  if (parts == 1) return;
  for_each_piece(outer * inner, parts, [&](std::int64_t i) {
    const double* p = partial.data() + i / inner * parts * inner + i % inner;
    double total = p[0];
    for (std::int64_t k = 1; k < parts; ++k) total = combine(pass, total, p[k * inner]);
    y[i] = static_cast<T>(total);
  });
}

/// log sum exp x = m + log sum exp(x - m) for any finite m; the largest x keeps the sum between 1 and n.
template <class T> void logsumexp(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* y) {
  std::vector<T> shift(static_cast<std::size_t>(outer * inner));
  run<T>(Pass::max, outer, n, inner, x, nullptr, shift.data());
  for (T& m : shift)
    if (std::isinf(m)) m = 0;  // then the sum is 0 or infinite, and so is its logarithm
  run<T>(Pass::sum_exp, outer, n, inner, x, shift.data(), y);
  for_each_piece(outer * inner, 16, [&](std::int64_t i) {  // a logarithm takes as long as 16 additions
    const double m = static_cast<double>(shift[static_cast<std::size_t>(i)]);
    y[i] = static_cast<T>(m + std::log(static_cast<double>(y[i])));
  });
}

/// Where `beyond` (> or <) first holds against all others; a NaN is beyond any number.
template <class T, class F>
void arg_extremum(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, std::int64_t* y,
                  F beyond) {
  const auto beats = [&](T a, T b) { return beyond(a, b) || (a != a && b == b); };
  const std::int64_t strips = (inner + strip - 1) / strip;
  for_each_piece(outer * strips, n * std::min(inner, strip), [&](std::int64_t piece) {
    const std::int64_t o = piece / strips, first = piece % strips * strip;
    const std::int64_t width = std::min(strip, inner - first);
    const T* from = x + o * n * inner + first;
    std::int64_t* at = y + o * inner + first;
    T best[strip];
    std::copy_n(from, width, best);
    std::fill_n(at, width, 0);
    for (std::int64_t i = 1; i < n; ++i)
      for (std::int64_t j = 0; j < width; ++j)
        if (const T v = from[i * inner + j]; beats(v, best[j])) {
          best[j] = v;
          at[j] = i;
        }
  });
}

}  // namespace

template <class T>
void reduce(Reduce f, std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* y) {
  switch (f) {
    case Reduce::sum: return run<T>(Pass::sum, outer, n, inner, x, nullptr, y);
    case Reduce::max: return run<T>(Pass::max, outer, n, inner, x, nullptr, y);
    case Reduce::min: return run<T>(Pass::min, outer, n, inner, x, nullptr, y);
    case Reduce::logsumexp: return logsumexp(outer, n, inner, x, y);
  }
}

template <class T>
void argmax(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, std::int64_t* y) {
  arg_extremum(outer, n, inner, x, y, [](T a, T b) { return a > b; });
}
template <class T>
void argmin(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, std::int64_t* y) {
  arg_extremum(outer, n, inner, x, y, [](T a, T b) { return a < b; });
}

#define GRADUS_INSTANTIATE(T)                                                              \
  template void reduce(Reduce, std::int64_t, std::int64_t, std::int64_t, const T*, T*);    \
  template void argmax(std::int64_t, std::int64_t, std::int64_t, const T*, std::int64_t*); \
  template void argmin(std::int64_t, std::int64_t, std::int64_t, const T*, std::int64_t*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
#undef GRADUS_INSTANTIATE

}  // namespace gradus::kernels
#endif
