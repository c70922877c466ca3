#pragma once
#include <array>
#include <cstdint>

namespace gradus {

/// Philox 4x32-10 (Salmon et al. 2011): four 32-bit words that are a pure function of (seed, stream,
/// counter). A dropout mask is a seed; nothing depends on which thread draws, or in which order.
struct Philox {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;

  std::array<std::uint32_t, 4> operator()(std::uint64_t counter) const {
    std::uint32_t c0 = static_cast<std::uint32_t>(counter), c1 = static_cast<std::uint32_t>(counter >> 32);
    std::uint32_t c2 = static_cast<std::uint32_t>(stream), c3 = static_cast<std::uint32_t>(stream >> 32);
    std::uint32_t k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c0, p1 = std::uint64_t{0xCD9E8D57} * c2;
      const std::uint32_t n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
      const std::uint32_t n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
      c1 = static_cast<std::uint32_t>(p1);
      c3 = static_cast<std::uint32_t>(p0);
      c0 = n0;
      c2 = n2;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    return {c0, c1, c2, c3};
  }

  std::uint64_t bits(std::uint64_t counter) const {
    const auto w = (*this)(counter);
    return std::uint64_t{w[0]} | std::uint64_t{w[1]} << 32;
  }
  /// In [0, 1), 53 bits.
  double uniform(std::uint64_t counter) const { return static_cast<double>(bits(counter) >> 11) * 0x1p-53; }
  /// Standard normal, by Box and Muller.
  double normal(std::uint64_t counter) const;
  /// In [0, n) for n < 2^32: the upper bits of n times 64 random ones, so no value is favoured by more than n / 2^64.
  std::uint64_t below(std::uint64_t counter, std::uint64_t n) const {
    const std::uint64_t b = bits(counter), high = (b >> 32) * n, low = (b & 0xffffffff) * n;
    return (high + (low >> 32)) >> 32;
  }
};

/// Seeds the calling thread's generator, from which dropout and random tensors take their seeds.
void manual_seed(std::uint64_t seed);
std::uint64_t next_seed();

/// Where the calling thread's generator stands; saved and restored with a checkpoint.
struct GeneratorState {
  std::uint64_t seed = 0, drawn = 0;
};
GeneratorState generator_state();
void set_generator_state(GeneratorState state);

}  // namespace gradus
