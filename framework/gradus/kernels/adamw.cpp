#include "gradus/kernels/adamw.h"

#include <algorithm>
#include <vector>

#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/adamw.cpp"
#include "gradus/base/simd.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;

template <class T> void adamw(std::int64_t n, T* p, const T* g, T* m, T* v, const AdamW& step) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const auto constant = [d](double c) HWY_ATTR { return hn::Set(d, static_cast<T>(c)); };
  const V scale = constant(step.grad_scale), beta1 = constant(step.beta1), beta2 = constant(step.beta2);
  const V rest1 = constant(1 - step.beta1), rest2 = constant(1 - step.beta2);
  const V decay = constant(1 - step.lr * step.weight_decay), eps = constant(step.eps);
  const V rate = constant(step.lr / step.bias_correction1), correction2 = constant(1 / step.bias_correction2);
  const std::int64_t lanes = simd::lanes(d);
  for (std::int64_t i = 0; i < n; i += lanes) {
    const std::int64_t count = std::min(lanes, n - i);
    const V grad = hn::Mul(simd::load(d, g + i, count), scale);
    const V mean = hn::MulAdd(beta1, simd::load(d, m + i, count), hn::Mul(rest1, grad));
    const V square = hn::MulAdd(beta2, simd::load(d, v + i, count), hn::Mul(rest2, hn::Mul(grad, grad)));
    simd::store(mean, d, m + i, count);
    simd::store(square, d, v + i, count);
    if (step.lr == 0) continue;  // 0 times an infinite update must not reach p
    const V update = hn::Div(mean, hn::Add(hn::Sqrt(hn::Mul(square, correction2)), eps));
    simd::store(hn::NegMulAdd(rate, update, hn::Mul(decay, simd::load(d, p + i, count))), d, p + i, count);
  }
}

/// Squares and sums in double lanes: 1e20 squared is out of a float's range.
template <class T> double sum_of_squares(std::int64_t n, const T* x) {
  const simd::Tag<double> d;
  const hn::Rebind<T, simd::Tag<double>> narrow;  // as many lanes as d
  using V = hn::Vec<simd::Tag<double>>;
  const std::int64_t lanes = simd::lanes(d);
  V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  const auto add = [=](V total, const T* from, std::int64_t count) HWY_ATTR {
    V v;
    if constexpr (sizeof(T) == 8) {
      v = simd::load(d, from, count);
    } else {
      v = hn::PromoteTo(d, simd::load(narrow, from, count));
    }
    return hn::MulAdd(v, v, total);
  };
  std::int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    s0 = add(s0, x + i, lanes);
    s1 = add(s1, x + i + lanes, lanes);
    s2 = add(s2, x + i + 2 * lanes, lanes);
    s3 = add(s3, x + i + 3 * lanes, lanes);
  }
  for (; i < n; i += lanes) s0 = add(s0, x + i, std::min(lanes, n - i));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {
constexpr std::int64_t grain = 16384;  // elements per task: some 10 us
}

template <class T> void adamw(std::int64_t n, T* p, const T* g, T* m, T* v, const AdamW& step) {
  const auto loop = GRADUS_SIMD(adamw<T>);
  parallel_blocks(n, grain,
                  [&](std::int64_t i, std::int64_t end) { loop(end - i, p + i, g + i, m + i, v + i, step); });
}

template <class T> double sum_of_squares(std::int64_t n, const T* x) {
  const auto loop = GRADUS_SIMD(sum_of_squares<T>);
  std::vector<double> partial(static_cast<std::size_t>((n + grain - 1) / grain));
  parallel_blocks(n, grain, [&](std::int64_t i, std::int64_t end) {
    partial[static_cast<std::size_t>(i / grain)] = loop(end - i, x + i);
  });
  double total = 0;
  for (double s : partial) total += s;
  return total;
}

#define GRADUS_INSTANTIATE(T)                                            \
  template void adamw(std::int64_t, T*, const T*, T*, T*, const AdamW&); \
  template double sum_of_squares(std::int64_t, const T*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
#undef GRADUS_INSTANTIATE

}  // namespace gradus::kernels
#endif
