#include "gradus/kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/softmax.cpp"
#include "gradus/base/simd.h"
#include "gradus/base/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;

// Each function does one row of n elements.

template <class T> void fill(std::int64_t n, T value, T* y) { std::fill_n(y, n, value); }

template <class T> void softmax(std::int64_t n, const T* x, T* y) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const T largest = simd::max(n, x);
  if (largest == -std::numeric_limits<T>::infinity()) return fill(n, T(0), y);
  const V m = hn::Set(d, largest);
  const auto numerator = [=](V v) HWY_ATTR { return simd::exp(d, hn::Sub(v, m)); };
  simd::transform(n, y, numerator, x);
  const V scale = hn::Set(d, static_cast<T>(1 / simd::sum(n, y)));
  const auto scaled = [=](V v) HWY_ATTR { return hn::Mul(v, scale); };
  simd::transform(n, y, scaled, static_cast<const T*>(y));
}

template <class T> void softmax_backward(std::int64_t n, const T* y, const T* dy, T* dx) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const V zero = hn::Zero(d);
  // A weight of 0 (a masked place) takes no part, even if its dy is infinite.
  const auto weighted = [=](V p, V g) HWY_ATTR { return hn::IfThenZeroElse(hn::Eq(p, zero), hn::Mul(p, g)); };
  const V mean = hn::Set(d, static_cast<T>(simd::sum<T>(n, weighted, y, dy)));
  const auto gradient = [=](V p, V g) HWY_ATTR { return weighted(p, hn::Sub(g, mean)); };
  simd::transform(n, dx, gradient, y, dy);
}

template <class T> void log_softmax(std::int64_t n, const T* x, T* y) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const T largest = simd::max(n, x);
  if (largest == -std::numeric_limits<T>::infinity()) return fill(n, largest, y);
  const V m = hn::Set(d, largest);
  const auto numerator = [=](V v) HWY_ATTR { return simd::exp(d, hn::Sub(v, m)); };
  const V log_sum = hn::Set(d, static_cast<T>(std::log(simd::sum<T>(n, numerator, x))));
  const auto logarithm = [=](V v) HWY_ATTR { return hn::Sub(hn::Sub(v, m), log_sum); };
  simd::transform(n, y, logarithm, x);
}

template <class T> void log_softmax_backward(std::int64_t n, const T* y, const T* dy, T* dx) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  if (simd::max(n, y) == -std::numeric_limits<T>::infinity()) return fill(n, T(0), dx);
  const V total = hn::Set(d, static_cast<T>(simd::sum(n, dy)));
  const auto gradient = [=](V v, V g) HWY_ATTR { return hn::NegMulAdd(simd::exp(d, v), total, g); };
  simd::transform(n, dx, gradient, y, dy);
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {

/// Rows per task: some 8192 elements, 5 us of exponentials.
template <class F> void for_each_row(std::int64_t rows, std::int64_t n, const F& body) {
  if (n == 0) return;
  parallel_blocks(rows, std::max<std::int64_t>(1, 8192 / n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) body(r * n);
  });
}

}  // namespace

template <class T> void softmax(std::int64_t rows, std::int64_t n, const T* x, T* y) {
  const auto row = GRADUS_SIMD(softmax<T>);
  for_each_row(rows, n, [&](std::int64_t i) { row(n, x + i, y + i); });
}

template <class T> void softmax_backward(std::int64_t rows, std::int64_t n, const T* y, const T* dy, T* dx) {
  const auto row = GRADUS_SIMD(softmax_backward<T>);
  for_each_row(rows, n, [&](std::int64_t i) { row(n, y + i, dy + i, dx + i); });
}

template <class T> void log_softmax(std::int64_t rows, std::int64_t n, const T* x, T* y) {
  const auto row = GRADUS_SIMD(log_softmax<T>);
  for_each_row(rows, n, [&](std::int64_t i) { row(n, x + i, y + i); });
}

template <class T>
void log_softmax_backward(std::int64_t rows, std::int64_t n, const T* y, const T* dy, T* dx) {
  const auto row = GRADUS_SIMD(log_softmax_backward<T>);
  for_each_row(rows, n, [&](std::int64_t i) { row(n, y + i, dy + i, dx + i); });
}

#define GRADUS_INSTANTIATE(T)                                                         \
  template void softmax(std::int64_t, std::int64_t, const T*, T*);                    \
  template void softmax_backward(std::int64_t, std::int64_t, const T*, const T*, T*); \
  template void log_softmax(std::int64_t, std::int64_t, const T*, T*);                \
  template void log_softmax_backward(std::int64_t, std::int64_t, const T*, const T*, T*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
#undef GRADUS_INSTANTIATE

}  // namespace gradus::kernels
#endif
