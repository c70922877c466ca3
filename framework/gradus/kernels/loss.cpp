#include "gradus/kernels/loss.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/loss.cpp"
#include "gradus/base/simd.h"
#include "gradus/base/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;

/// The loss of one row of n logits, and their logsumexp. Everything is relative to the largest logit, so
/// logits of 1e4 lose nothing; the last steps are in double.
template <class T>
double forward(std::int64_t n, const T* x, std::int64_t target, double smoothing, double* logsumexp) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const T largest = simd::max(n, x);
  const V m = hn::Set(d, largest);
  const auto numerator = [=](V v) HWY_ATTR { return simd::exp(d, hn::Sub(v, m)); };
  const auto distance = [=](V v) HWY_ATTR { return hn::Sub(v, m); };
  const double log_sum = std::log(simd::sum<T>(n, numerator, x));
  *logsumexp = static_cast<double>(largest) + log_sum;
  const double hit = log_sum - (static_cast<double>(x[target]) - static_cast<double>(largest));
  if (smoothing == 0) return hit;  // 0 times an infinite mean must not appear
  const double spread = log_sum - simd::sum<T>(n, distance, x) / static_cast<double>(n);
  return (1 - smoothing) * hit + smoothing * spread;
}

/// dx = dloss (exp(x - logsumexp) - uniform), then the target's share. logsumexp in two parts of T: x - high
/// is exact where the probability matters.
template <class T>
void backward(std::int64_t n, const T* x, std::int64_t target, double smoothing, double logsumexp, T dloss,
              T* dx) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const T rounded = static_cast<T>(logsumexp);
  const V high = hn::Set(d, rounded),
          low = hn::Set(d, static_cast<T>(logsumexp - static_cast<double>(rounded)));
  const V uniform = hn::Set(d, static_cast<T>(smoothing / static_cast<double>(n))), g = hn::Set(d, dloss);
  const auto gradient = [=](V v) HWY_ATTR {
    return hn::Mul(g, hn::Sub(simd::exp(d, hn::Sub(hn::Sub(v, high), low)), uniform));
  };
  simd::transform(n, dx, gradient, x);
  dx[target] -= dloss * static_cast<T>(1 - smoothing);
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {

/// Rows per task: some 8192 logits, 5 us.
std::int64_t rows_per_task(std::int64_t classes) {
  return std::max<std::int64_t>(1, 8192 / std::max<std::int64_t>(classes, 1));
}

}  // namespace

template <class T>
void cross_entropy(std::int64_t rows, std::int64_t classes, const T* logits, const std::int64_t* target,
                   std::int64_t ignore_index, double label_smoothing, T* loss, double* logsumexp) {
  const auto row = GRADUS_SIMD(forward<T>);
  parallel_blocks(rows, rows_per_task(classes), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      loss[r] = 0;
      logsumexp[r] = 0;
      if (target[r] == ignore_index) continue;
      loss[r] = static_cast<T>(row(classes, logits + r * classes, target[r], label_smoothing, logsumexp + r));
    }
  });
}

template <class T>
void cross_entropy_backward(std::int64_t rows, std::int64_t classes, const T* logits,
                            const std::int64_t* target, std::int64_t ignore_index, double label_smoothing,
                            const double* logsumexp, const T* dloss, T* dlogits) {
  const auto row = GRADUS_SIMD(backward<T>);
  parallel_blocks(rows, rows_per_task(classes), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      T* dx = dlogits + r * classes;
      if (target[r] == ignore_index) {
        std::fill_n(dx, classes, T(0));
      } else {
        row(classes, logits + r * classes, target[r], label_smoothing, logsumexp[r], dloss[r], dx);
      }
    }
  });
}

#define GRADUS_INSTANTIATE(T)                                                                          \
  template void cross_entropy(std::int64_t, std::int64_t, const T*, const std::int64_t*, std::int64_t, \
                              double, T*, double*);                                                    \
  template void cross_entropy_backward(std::int64_t, std::int64_t, const T*, const std::int64_t*,      \
                                       std::int64_t, double, const double*, const T*, T*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
#undef GRADUS_INSTANTIATE

}  // namespace gradus::kernels
#endif
