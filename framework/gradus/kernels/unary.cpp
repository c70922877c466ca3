#include "gradus/kernels/unary.h"

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/unary.cpp"
#include "gradus/base/simd.h"
#include "gradus/base/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;
using simd::constant;

// gelu_tanh(x) = x (1 + tanh u) / 2 = x sigmoid(2 u), which stays exact where tanh u is near -1.
// 2 u = x (a + b x^2)
constexpr double gelu_a = 2 * 0.79788456080286536;  // 2 sqrt(2 / pi)
constexpr double gelu_b = gelu_a * 0.044715;

template <class D, class V> HWY_INLINE V gelu_argument(D d, V x) {
  return hn::Mul(x, hn::MulAdd(hn::Mul(x, x), constant(d, gelu_b), constant(d, gelu_a)));
}

/// x w, but 0 where the weight is 0: x may be infinite there.
template <class D, class V> HWY_INLINE V weighted(D d, V x, V w) {
  return hn::IfThenElse(hn::Eq(w, hn::Zero(d)), w, hn::Mul(x, w));
}

template <class D, class V> HWY_INLINE V sign(D d, V x) {
  const auto is_zero = hn::Eq(x, hn::Zero(d));
  return simd::or_nan(x, hn::IfThenElse(is_zero, x, hn::CopySign(constant(d, 1), x)));
}

template <class T> void unary(Unary f, std::int64_t n, const T* x, T* y) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const V zero = hn::Zero(d), one = constant(d, 1);
  const auto map = [=](auto g) HWY_ATTR { simd::transform(n, y, g, x); };
  const auto each = [=](auto g) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = g(x[i]);
  };
  switch (f) {
    case Unary::neg: return map([](V v) HWY_ATTR { return hn::Neg(v); });
    case Unary::abs: return map([](V v) HWY_ATTR { return hn::Abs(v); });
    case Unary::sign: return map([=](V v) HWY_ATTR { return sign(d, v); });
    case Unary::exp: return map([=](V v) HWY_ATTR { return simd::exp(d, v); });
    case Unary::log: return map([=](V v) HWY_ATTR { return simd::log(d, v); });
    case Unary::sqrt: return map([](V v) HWY_ATTR { return hn::Sqrt(v); });
    case Unary::rsqrt: return map([=](V v) HWY_ATTR { return hn::Div(one, hn::Sqrt(v)); });
    case Unary::square: return map([](V v) HWY_ATTR { return hn::Mul(v, v); });
    case Unary::tanh: return map([=](V v) HWY_ATTR { return simd::tanh(d, v); });
    case Unary::sigmoid: return map([=](V v) HWY_ATTR { return simd::sigmoid(d, v); });
    case Unary::erf: return map([=](V v) HWY_ATTR { return simd::erf(d, v); });
    case Unary::relu:  // NaN is not <= 0 and stays
      return map([=](V v) HWY_ATTR { return hn::IfThenElse(hn::Le(v, zero), zero, v); });
    case Unary::gelu_erf:
      return map([=](V v) HWY_ATTR {
        V density;
        return weighted(d, v, simd::normal_cdf(d, v, density));
      });
    case Unary::gelu_tanh:
      return map([=](V v) HWY_ATTR { return weighted(d, v, simd::sigmoid(d, gelu_argument(d, v))); });
    case Unary::silu: return map([=](V v) HWY_ATTR { return weighted(d, v, simd::sigmoid(d, v)); });
    case Unary::sin: return each([](T v) { return std::sin(v); });
    case Unary::cos: return each([](T v) { return std::cos(v); });
  }
}

template <class T> void unary_backward(Unary f, std::int64_t n, const T* x, const T* dy, T* dx) {
  const simd::Tag<T> d;
  using V = hn::Vec<simd::Tag<T>>;
  const auto map = [=](auto slope) HWY_ATTR {
    const auto times_dy = [=](V v, V g) HWY_ATTR { return hn::Mul(g, slope(v)); };
    simd::transform(n, dx, times_dy, x, dy);
  };
  switch (f) {
    case Unary::gelu_erf:  // Phi(x) + x phi(x)
      return map([=](V v) HWY_ATTR {
        V density;
        const V cdf = simd::normal_cdf(d, v, density);
        return hn::Add(cdf, weighted(d, v, density));
      });
    case Unary::gelu_tanh:  // s + x s (1 - s) d(2u)/dx, s = sigmoid(2u)
      return map([=](V v) HWY_ATTR {
        const V u2 = gelu_argument(d, v), s = simd::sigmoid(d, u2);
        const V du2 = hn::MulAdd(hn::Mul(v, v), constant(d, 3 * gelu_b), constant(d, gelu_a));
        const V peak = hn::Mul(s, simd::sigmoid(d, hn::Neg(u2)));
        return hn::Add(s, weighted(d, hn::Mul(v, du2), peak));
      });
    case Unary::silu:  // s + x s (1 - s), s = sigmoid(x)
      return map([=](V v) HWY_ATTR {
        const V s = simd::sigmoid(d, v), peak = hn::Mul(s, simd::sigmoid(d, hn::Neg(v)));
        return hn::Add(s, weighted(d, v, peak));
      });
    default: fail(Kind::internal, "unary_backward: only gelu_erf, gelu_tanh and silu have one");
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

constexpr std::int64_t grain = 16384;  // elements per task: some 5 to 50 us

template <class T> void unary(Unary f, std::int64_t n, const T* x, T* y) {
  const auto loop = GRADUS_SIMD(unary<T>);
  parallel_blocks(n, grain, [&](std::int64_t i, std::int64_t end) { loop(f, end - i, x + i, y + i); });
}

template <class T> void unary_backward(Unary f, std::int64_t n, const T* x, const T* dy, T* dx) {
  const auto loop = GRADUS_SIMD(unary_backward<T>);
  parallel_blocks(n, grain,
                  [&](std::int64_t i, std::int64_t end) { loop(f, end - i, x + i, dy + i, dx + i); });
}

template void unary(Unary, std::int64_t, const float*, float*);
template void unary(Unary, std::int64_t, const double*, double*);
template void unary_backward(Unary, std::int64_t, const float*, const float*, float*);
template void unary_backward(Unary, std::int64_t, const double*, const double*, double*);

}  // namespace gradus::kernels
#endif
