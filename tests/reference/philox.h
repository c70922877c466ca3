#pragma once
#include <array>
#include <cstdint>

namespace reference {

/// Philox 4x32-10 from its paper (Salmon et al. 2011, section 3.3): ten rounds of two 32 x 32 bit products,
/// the key bumped by two Weyl constants between rounds.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    if (round > 0) {
      key[0] += 0x9E3779B9u;
      key[1] += 0xBB67AE85u;
    }
    const std::uint64_t a = counter[0] * std::uint64_t{0xD2511F53u},
                        b = counter[2] * std::uint64_t{0xCD9E8D57u};
    const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x & 0xffffffffu); };
    counter = {high(b) ^ counter[1] ^ key[0], low(b), high(a) ^ counter[3] ^ key[1], low(a)};
  }
  return counter;
}

/// Word i of a seed's sequence: word i % 4 of counter i / 4.
inline std::uint32_t random_word(std::uint64_t seed, std::uint64_t i) {
  const std::uint64_t counter = i / 4;
  const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x & 0xffffffffu); };
  return philox({low(counter), low(counter >> 32), 0, 0}, {low(seed), low(seed >> 32)})[i % 4];
}

}  // namespace reference
