#include "gradus/kernels/dropout.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/parallel.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/dropout.cpp"
#include "gradus/base/simd.h"
#include "gradus/kernels/philox.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;

/// Lanes whose random word is above `last`.
template <class D> HWY_INLINE auto above(D d, const std::uint32_t* words, std::uint32_t last) {
  const hn::Rebind<std::uint32_t, D> narrow;
  const hn::RebindToUnsigned<D> wide;
  const auto w = hn::Load(narrow, words);
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    return hn::RebindMask(d, hn::Gt(w, hn::Set(narrow, last)));
  } else {
    return hn::RebindMask(d, hn::Gt(hn::PromoteTo(wide, w), hn::Set(wide, last)));
  }
}

/// Elements begin ... begin + n - 1, begin a multiple of 4; dropped where the word is at most `last`.
template <class T>
void dropout(std::int64_t begin, std::int64_t n, const T* x, std::uint32_t last, T scale, std::uint64_t seed,
             T* y) {
  const simd::Tag<T> d;
  const auto factor = hn::Set(d, scale);
  const std::int64_t step = words_batch(), lanes = simd::lanes(d);
  for (std::int64_t i = 0; i < n; i += step) {
    HWY_ALIGN std::uint32_t words[largest_words_batch];
    random_words(seed, static_cast<std::uint64_t>((begin + i) / 4), words);
    for (std::int64_t k = 0; k < step && i + k < n; k += lanes) {
      const std::int64_t count = n - i - k;
      const auto kept = hn::Mul(simd::load(d, x + i + k, count), factor);
      simd::store(hn::IfThenElseZero(above(d, words + k, last), kept), d, y + i + k, count);
    }
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {
constexpr std::int64_t grain = 16384;  // elements per task: some 10 us; a multiple of 4
}

template <class T> void dropout(std::int64_t n, const T* x, double p, std::uint64_t seed, T* y) {
  const auto loop = GRADUS_SIMD(dropout<T>);
  parallel_blocks(n, grain, [&](std::int64_t i, std::int64_t end) {
    if (p <= 0) {
      if (x != y) std::copy(x + i, x + end, y + i);
    } else if (p >= 1) {
      std::fill(y + i, y + end, T(0));
    } else {
      // word / 2^32 < p up to here.
      const std::uint32_t last = static_cast<std::uint32_t>(std::ceil(p * 0x1p32) - 1);
      loop(i, end - i, x + i, last, static_cast<T>(1 / (1 - p)), seed, y + i);
    }
  });
}

template void dropout(std::int64_t, const float*, double, std::uint64_t, float*);
template void dropout(std::int64_t, const double*, double, std::uint64_t, double*);

}  // namespace gradus::kernels
#endif
