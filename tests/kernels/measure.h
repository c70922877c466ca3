#pragma once
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/base/random.h"

/// What the kernel tests share: random inputs, distances that NaN cannot pass, and runs on every instruction
/// set and number of threads.
namespace measure {

/// Normal numbers times `scale`.
template <class T> std::vector<T> numbers(std::int64_t n, std::uint64_t seed, double scale = 1) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(scale * gradus::Philox{seed}.normal(i));
  return x;
}

template <class T> std::vector<long double> wide(const std::vector<T>& x) { return {x.begin(), x.end()}; }

template <class T> bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

constexpr long double infinity = std::numeric_limits<long double>::infinity();

/// |got - want| in units in the last place of `want`, which are never smaller than those of `floor`. NaN only
/// matches NaN, an infinity only itself.
template <class T> double ulps(T got, long double want, long double floor = 0) {
  if (std::isnan(want)) return std::isnan(got) ? 0 : HUGE_VAL;
  const T rounded = static_cast<T>(want);
  if (std::isinf(rounded) || std::isinf(got)) return got == rounded ? 0 : HUGE_VAL;
  int exponent = 0;
  std::frexp(std::fmax(std::fabs(want), floor), &exponent);
  exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  const long double unit = std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits);
  const double error = static_cast<double>(std::fabs(static_cast<long double>(got) - want) / unit);
  return std::isnan(error) ? HUGE_VAL : error;
}

/// The largest |got - want| / max(1, |want|); infinite if anything is NaN or the sizes differ.
template <class A, class B> double distance(const std::vector<A>& got, const std::vector<B>& want) {
  if (got.size() != want.size()) return HUGE_VAL;
  long double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const long double a = static_cast<long double>(got[i]), b = static_cast<long double>(want[i]);
    if (a == b) continue;  // infinities
    const long double error = std::fabs(a - b) / std::fmax(1.0L, std::fabs(b));
    if (!(error <= worst)) worst = error;
    if (std::isnan(worst)) return HUGE_VAL;
  }
  return static_cast<double>(worst);
}

/// body() once per instruction set that this build has and this CPU can run.
template <class F> void on_every_target(const F& body) {
  for (const std::int64_t target : {HWY_AVX3, HWY_AVX2, HWY_SSE4, HWY_NEON, HWY_EMU128}) {
    hwy::SetSupportedTargetsForTest(0);
    if (target != HWY_EMU128 && (hwy::SupportedTargets() & target) == 0) continue;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    INFO("target ", std::string(hwy::TargetName(target)));
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

/// True if `compute()`, which returns vectors or tuples of them, has the same bits on 1, 2, 3 and 8 threads.
template <class F> bool same_on_any_number_of_threads(const F& compute) {
  const int before = gradus::num_threads();
  gradus::set_num_threads(1);
  const auto want = compute();
  bool same = true;
  for (const int threads : {2, 3, 8}) {
    gradus::set_num_threads(threads);
    same = same && same_bits(compute(), want);
  }
  gradus::set_num_threads(before);
  return same;
}

}  // namespace measure
