#include "gradus/kernels/random.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/random.cpp"
#include "gradus/base/simd.h"
#include "gradus/base/simd_math.h"
#include "gradus/kernels/philox.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;
using simd::constant;

/// 64 random bits to a number in [0, 1), of 53 bits.
HWY_INLINE hn::Vec<simd::Tag<double>> unit(V64 bits) {
  const simd::Tag<double> d;
  const hn::RebindToSigned<simd::Tag<double>> whole;
  return hn::Mul(hn::ConvertTo(d, hn::BitCast(whole, hn::ShiftRight<11>(bits))), constant(d, 0x1p-53));
}

/// y[i] = f(words 0 and 1, words 2 and 3) of counter begin + i.
template <class T, class F>
HWY_INLINE void fill(std::int64_t begin, std::int64_t n, std::uint64_t seed, T* y, F f) {
  const simd::Tag<double> d;
  const hn::Rebind<T, simd::Tag<double>> out;  // as many lanes as d
  const std::int64_t step = simd::lanes(d);
  for (std::int64_t i = 0; i < n; i += step) {
    V64 w01, w23;
    philox(seed, static_cast<std::uint64_t>(begin + i), w01, w23);
    const std::int64_t count = std::min(step, n - i);
    if constexpr (sizeof(T) == 8) {
      simd::store(f(w01, w23), out, y + i, count);
    } else {
      simd::store(hn::DemoteTo(out, f(w01, w23)), out, y + i, count);
    }
  }
}

template <class T>
void fill_uniform(std::int64_t begin, std::int64_t n, std::uint64_t seed, double low, double high, T* y) {
  const simd::Tag<double> d;
  // The last T below high: rounding to T must not reach the open end.
  const T last = std::nextafter(static_cast<T>(high), static_cast<T>(low));
  const auto width = constant(d, high - low), start = constant(d, low), end = constant(d, double{last});
  fill(begin, n, seed, y,
       [=](V64 w01, V64) HWY_ATTR { return hn::Min(hn::Add(hn::Mul(unit(w01), width), start), end); });
}

/// cos(2 pi v) for v in [0, 1) is sin(2 pi g), g = |v - 1/2| - 1/4 in [-1/4, 1/4]: no large angles.
template <class D, class V> HWY_INLINE V cos_turns(D d, V v) {
  const V g = hn::Sub(hn::Abs(hn::Sub(v, constant(d, 0.5))), constant(d, 0.25));
  const V a = hn::Mul(g, constant(d, 6.2831853071795865)), z = hn::Mul(a, a);
  const V series =
      simd::polynomial(d, z, -1. / 6, 1. / 120, -1. / 5040, 1. / 362880, -1. / 39916800, 1. / 6227020800,
                       -1. / 1307674368000, 1. / 355687428096000, -1. / 121645100408832000);
  return hn::MulAdd(hn::Mul(a, z), series, a);
}

/// Box and Muller: sqrt(-2 log u) cos(2 pi v), u in (0, 1].
template <class T>
void fill_normal(std::int64_t begin, std::int64_t n, std::uint64_t seed, double mean, double deviation,
                 T* y) {
  const simd::Tag<double> d;
  const auto shift = constant(d, mean), scale = constant(d, deviation);
  fill(begin, n, seed, y, [=](V64 w01, V64 w23) HWY_ATTR {
    const auto u = hn::Add(unit(w01), constant(d, 0x1p-53));
    const auto radius = hn::Sqrt(hn::Mul(constant(d, -2), simd::log(d, u)));
    return hn::Add(hn::Mul(hn::Mul(radius, cos_turns(d, unit(w23))), scale), shift);
  });
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

constexpr std::int64_t grain = 16384;  // elements per task: some 100 us

template <class T> void fill_uniform(std::int64_t n, std::uint64_t seed, double low, double high, T* y) {
  const auto loop = GRADUS_SIMD(fill_uniform<T>);
  parallel_blocks(n, grain,
                  [&](std::int64_t i, std::int64_t end) { loop(i, end - i, seed, low, high, y + i); });
}

template <class T> void fill_normal(std::int64_t n, std::uint64_t seed, double mean, double deviation, T* y) {
  const auto loop = GRADUS_SIMD(fill_normal<T>);
  parallel_blocks(n, grain,
                  [&](std::int64_t i, std::int64_t end) { loop(i, end - i, seed, mean, deviation, y + i); });
}

template void fill_uniform(std::int64_t, std::uint64_t, double, double, float*);
template void fill_uniform(std::int64_t, std::uint64_t, double, double, double*);
template void fill_normal(std::int64_t, std::uint64_t, double, double, float*);
template void fill_normal(std::int64_t, std::uint64_t, double, double, double*);

}  // namespace gradus::kernels
#endif
