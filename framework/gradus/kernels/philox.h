// Philox in vectors, for kernels: the words of base/random.h. Include after base/simd.h.
#include <cstring>

#if defined(GRADUS_KERNELS_PHILOX_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_PHILOX_TOGGLE
#undef GRADUS_KERNELS_PHILOX_TOGGLE
#else
#define GRADUS_KERNELS_PHILOX_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Counters = hn::ScalableTag<std::uint64_t>;
using V64 = hn::Vec<Counters>;

/// The low half of each lane times m: all 64 bits.
HWY_INLINE V64 multiply_low(V64 x, std::uint32_t m) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Mul(hn::And(x, hn::Set(Counters(), 0xffffffff)), hn::Set(Counters(), m));
#else
  const hn::Repartition<std::uint32_t, Counters> halves;
  return hn::MulEven(hn::BitCast(halves, x), hn::Set(halves, m));
#endif
}

/// Philox{seed, 0} of counters first, first + 1, ..., one per lane: words 0 and 1 of each in w01, 2 and 3 in
/// w23, the first in the low half. During the rounds a lane holds one of a counter's four numbers in its low
/// half; what gathers in the upper halves is never read.
HWY_INLINE void philox(std::uint64_t seed, std::uint64_t first, V64& w01, V64& w23) {
  const Counters d;
  V64 c0 = hn::Add(hn::Iota(d, 0), hn::Set(d, first)), c1 = hn::ShiftRight<32>(c0), c2 = hn::Zero(d), c3 = c2;
  std::uint32_t k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const V64 p0 = multiply_low(c0, 0xD2511F53), p1 = multiply_low(c2, 0xCD9E8D57);
    c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p1), c1), hn::Set(d, k0));
    c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p0), c3), hn::Set(d, k1));
    c1 = p1;
    c3 = p0;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  const V64 low = hn::Set(d, 0xffffffff);
  w01 = hn::Or(hn::And(c0, low), hn::ShiftLeft<32>(c1));
  w23 = hn::Or(hn::And(c2, low), hn::ShiftLeft<32>(c3));
}

/// Words that one call of random_words draws, four for every lane, and the most that it can be.
HWY_INLINE std::int64_t words_batch() { return 4 * static_cast<std::int64_t>(hn::Lanes(Counters())); }
inline constexpr std::int64_t largest_words_batch = 4 * HWY_MAX_BYTES / 8;

/// word[4 i + j] is word j of Philox{seed, 0}(first + i), for words_batch() words.
HWY_INLINE void random_words(std::uint64_t seed, std::uint64_t first, std::uint32_t* word) {
  V64 w01, w23;
  philox(seed, first, w01, w23);
  HWY_ALIGN std::uint64_t pairs[largest_words_batch / 2];
#if HWY_TARGET == HWY_SCALAR
  pairs[0] = hn::GetLane(w01);
  pairs[1] = hn::GetLane(w23);
#else
  hn::StoreInterleaved2(w01, w23, Counters(), pairs);
#endif
  std::memcpy(word, pairs, 16 * hn::Lanes(Counters()));
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
