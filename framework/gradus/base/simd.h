// Portable vectors for kernels (Highway). A kernel file reads
//
//   #define HWY_TARGET_INCLUDE "gradus/kernels/softmax.cpp"
//   #include "gradus/base/simd.h"
//
//   HWY_BEFORE_NAMESPACE();
//   namespace gradus::kernels::HWY_NAMESPACE {
//   ... loops over vectors, as templates on the element type ...
//   }  // namespace gradus::kernels::HWY_NAMESPACE
//   HWY_AFTER_NAMESPACE();
//
//   #if HWY_ONCE
//   ... the public functions: they cut the work and call GRADUS_SIMD(loop<T>)(...) ...
//   #endif
//
// The compiler reads the file once per instruction set (below, foreach_target.h includes it again);
// GRADUS_SIMD picks the best one this CPU has. Lambdas inside HWY_NAMESPACE need HWY_ATTR after their
// parameters.

#ifndef GRADUS_BASE_SIMD_TARGETS
#define GRADUS_BASE_SIMD_TARGETS
// x86: AVX-512, AVX2, SSE4 and, for anything older, plain C++; each one is paid for in build time. Vectors of SVE have no
// size at compile time and cannot lie in arrays: ARM uses NEON.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#endif

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef GRADUS_BASE_SIMD_ONCE
#define GRADUS_BASE_SIMD_ONCE
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace gradus::simd {

/// The entry of a Highway function table for this CPU; entry 0 stands for "not looked up yet".
template <class F> F pick(std::initializer_list<F> table) {
  hwy::ChosenTarget& target = hwy::GetChosenTarget();
  if (!target.IsInitialized()) target.Update(hwy::SupportedTargets());
  return table.begin()[table.size() == 1 ? 0 : target.GetIndex()];
}

}  // namespace gradus::simd

#if (HWY_TARGETS & (HWY_TARGETS - 1)) == 0
#define GRADUS_SIMD(function) HWY_STATIC_DISPATCH(function)
#else
#define GRADUS_SIMD(function)                                       \
  (*::gradus::simd::pick<decltype(&HWY_STATIC_DISPATCH(function))>( \
      {nullptr, HWY_CHOOSE_TARGET_LIST(function), HWY_CHOOSE_FALLBACK(function)}))
#endif
#endif  // GRADUS_BASE_SIMD_ONCE

#if defined(GRADUS_BASE_SIMD_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_BASE_SIMD_TOGGLE
#undef GRADUS_BASE_SIMD_TOGGLE
#else
#define GRADUS_BASE_SIMD_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace gradus::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// All lanes of one vector of T.
template <class T> using Tag = hn::ScalableTag<T>;

template <class D> HWY_INLINE std::int64_t lanes(D d) { return static_cast<std::int64_t>(hn::Lanes(d)); }

/// The first n < lanes elements at p; the other lanes are 0. No other memory is touched.
template <class D, class T = hn::TFromD<D>> HWY_INLINE hn::Vec<D> load_some(D d, const T* p, std::int64_t n) {
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T buffer[HWY_MAX_BYTES / sizeof(T)] = {};
  for (std::int64_t i = 0; i < n; ++i) buffer[i] = p[i];
  return hn::Load(d, buffer);
#else
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(n)), d, p);
#endif
}

/// Lanes 0 ... n - 1 of v to p.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_some(hn::Vec<D> v, D d, T* p, std::int64_t n) {
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T buffer[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(v, d, buffer);
  for (std::int64_t i = 0; i < n; ++i) p[i] = buffer[i];
#else
  hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(n)), d, p);
#endif
}

/// A whole vector for n >= lanes, else the first n elements.
template <class D, class T = hn::TFromD<D>> HWY_INLINE hn::Vec<D> load(D d, const T* p, std::int64_t n) {
  return n >= lanes(d) ? hn::LoadU(d, p) : load_some(d, p, n);
}
template <class D, class T = hn::TFromD<D>> HWY_INLINE void store(hn::Vec<D> v, D d, T* p, std::int64_t n) {
  n >= lanes(d) ? hn::StoreU(v, d, p) : store_some(v, d, p, n);
}

/// y[i] = f(x[i]...) for i < n, where f maps vectors to a vector. The last few elements go through the same f
/// in a padded vector, so an element's bits do not depend on where it stands. y may be one of the x.
template <class T, class F, class... X> HWY_INLINE void transform(std::int64_t n, T* y, F f, const X*... x) {
  const Tag<T> d;
  const std::int64_t step = lanes(d);
  std::int64_t i = 0;
  for (; i + step <= n; i += step) hn::StoreU(f(hn::LoadU(d, x + i)...), d, y + i);
  if (i < n) store_some(f(load_some(d, x + i, n - i)...), d, y + i, n - i);
}

/// The sum of f(x[i]...) over i < n in double: four vectors of T inside blocks of 4096, double across the
/// blocks.
template <class T, class F, class... X> HWY_INLINE double sum(std::int64_t n, F f, const X*... x) {
  const Tag<T> d;
  using V = hn::Vec<Tag<T>>;
  const std::int64_t step = lanes(d);
  constexpr std::int64_t block = 4096;
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += block) {
    const std::int64_t end = begin + block < n ? begin + block : n;
    V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    std::int64_t i = begin;
    for (; i + 4 * step <= end; i += 4 * step) {
      s0 = hn::Add(s0, f(hn::LoadU(d, x + i)...));
      s1 = hn::Add(s1, f(hn::LoadU(d, x + i + step)...));
      s2 = hn::Add(s2, f(hn::LoadU(d, x + i + 2 * step)...));
      s3 = hn::Add(s3, f(hn::LoadU(d, x + i + 3 * step)...));
    }
    for (; i + step <= end; i += step) s0 = hn::Add(s0, f(hn::LoadU(d, x + i)...));
    if (i < end) {
      const auto inside = hn::FirstN(d, static_cast<std::size_t>(end - i));
      s1 = hn::Add(s1, hn::IfThenElseZero(inside, f(load_some(d, x + i, end - i)...)));
    }
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)))));
  }
  return total;
}

template <class T> HWY_INLINE double sum(std::int64_t n, const T* x) {
  return sum<T>(
      n, [](hn::Vec<Tag<T>> v) HWY_ATTR { return v; }, x);
}

/// a where a > b or a is NaN, else b: keeps NaN from either side.
template <class V> HWY_INLINE V max_or_nan(V a, V b) {
  return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
}
template <class V> HWY_INLINE V min_or_nan(V a, V b) {
  return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
}

/// The fold of x[0] ... x[n - 1], n >= 0, by max_or_nan or min_or_nan; `start` for n = 0.
template <class T, class F> HWY_INLINE auto fold_extremum(std::int64_t n, const T* x, T start, F f) {
  const Tag<T> d;
  const std::int64_t step = lanes(d);
  hn::Vec<Tag<T>> a = hn::Set(d, start), b = a;
  std::int64_t i = 0;
  for (; i + 2 * step <= n; i += 2 * step) {
    a = f(hn::LoadU(d, x + i), a);
    b = f(hn::LoadU(d, x + i + step), b);
  }
  for (; i + step <= n; i += step) a = f(hn::LoadU(d, x + i), a);
  if (i < n) {
    const auto inside = hn::FirstN(d, static_cast<std::size_t>(n - i));
    b = f(hn::IfThenElse(inside, load_some(d, x + i, n - i), hn::Set(d, start)), b);
  }
  return f(a, b);
}

/// The largest (smallest) of n elements; NaN if there is one; -inf (+inf) for n = 0.
template <class T> HWY_INLINE T max(std::int64_t n, const T* x) {
  const Tag<T> d;
  using V = hn::Vec<Tag<T>>;
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  const auto keep = [](V u, V v) HWY_ATTR { return max_or_nan(u, v); };
  const V m = fold_extremum(n, x, lowest, keep);
  if (!hn::AllFalse(d, hn::IsNaN(m))) return std::numeric_limits<T>::quiet_NaN();
  if (hn::AllTrue(d, hn::Eq(m, hn::Set(d, lowest)))) return lowest;  // EMU128's MaxOfLanes starts above it
  return hn::GetLane(hn::MaxOfLanes(d, m));
}
template <class T> HWY_INLINE T min(std::int64_t n, const T* x) {
  const Tag<T> d;
  using V = hn::Vec<Tag<T>>;
  constexpr T highest = std::numeric_limits<T>::infinity();
  const auto keep = [](V u, V v) HWY_ATTR { return min_or_nan(u, v); };
  const V m = fold_extremum(n, x, highest, keep);
  if (!hn::AllFalse(d, hn::IsNaN(m))) return std::numeric_limits<T>::quiet_NaN();
  if (hn::AllTrue(d, hn::Eq(m, hn::Set(d, highest)))) return highest;
  return hn::GetLane(hn::MinOfLanes(d, m));
}

}  // namespace gradus::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
