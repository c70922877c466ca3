#include "gradus/base/random.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <set>
#include <thread>

#include "reference/philox.h"

using namespace gradus;

TEST_CASE("Philox: Random123's known answers") {
  using Words = std::array<std::uint32_t, 4>;
  CHECK(Philox{0, 0}(0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint64_t all = ~std::uint64_t{0};
  CHECK(Philox{all, all}(all) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(Philox{0x299f31d0a4093822, 0x0370734413198a2e}(0x85a308d3243f6a88) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Philox: the oracle of the tests agrees, for many seeds, streams and counters") {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t seed = i * 0x9e3779b97f4a7c15, stream = i << 30, counter = i * i * i * i;
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    CHECK(Philox{seed, stream}(counter) ==
          reference::philox({low(counter), low(counter >> 32), low(stream), low(stream >> 32)},
                            {low(seed), low(seed >> 32)}));
  }
}

TEST_CASE("Philox: uniform and normal numbers have their moments, and below() its range") {
  const Philox random{42};
  constexpr int n = 200000;
  double u1 = 0, u2 = 0, z[5] = {};
  std::array<int, 10> counts{};
  for (std::uint64_t i = 0; i < n; ++i) {
    const double u = random.uniform(i), x = random.normal(i);
    CHECK_UNARY(u >= 0 && u < 1);
    u1 += u, u2 += u * u;
    for (int p = 1; p <= 4; ++p) z[p] += std::pow(x, p);
    ++counts[random.below(i, 10)];
  }
  // Each bound is 5 standard deviations of the mean.
  CHECK(std::fabs(u1 / n - 0.5) <= 5 * std::sqrt(1.0 / 12 / n));
  CHECK(std::fabs(u2 / n - 1.0 / 3) <= 5 * std::sqrt(4.0 / 45 / n));
  CHECK(std::fabs(z[1] / n) <= 5 * std::sqrt(1.0 / n));
  CHECK(std::fabs(z[2] / n - 1) <= 5 * std::sqrt(2.0 / n));
  CHECK(std::fabs(z[3] / n) <= 5 * std::sqrt(15.0 / n));
  CHECK(std::fabs(z[4] / n - 3) <= 5 * std::sqrt(96.0 / n));
  for (const int c : counts) CHECK(std::abs(c - n / 10) <= 5 * std::sqrt(n * 0.09));
}

TEST_CASE(
    "the generator: a seed gives its sequence, a saved state goes on where it stood, threads have their "
    "own") {
  manual_seed(5);
  const std::uint64_t a = next_seed(), b = next_seed();
  CHECK(a != b);
  const GeneratorState here = generator_state();
  const std::uint64_t c = next_seed();
  set_generator_state(here);
  CHECK(next_seed() == c);
  manual_seed(5);
  CHECK(next_seed() == a);
  std::uint64_t elsewhere = 0;
  std::thread([&] {
    manual_seed(5);
    elsewhere = next_seed();
  }).join();
  CHECK(elsewhere == a);
  CHECK(next_seed() == b);
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    manual_seed(seed);
    for (int i = 0; i < 100; ++i) seen.insert(next_seed());
  }
  CHECK(seen.size() == 10000);
}

TEST_CASE("Philox: below() favours no residue of a range near 2^32") {
  const Philox random{7};
  constexpr int n = 30000;
  std::array<int, 3> counts{};
  for (std::uint64_t i = 0; i < n; ++i) ++counts[random.below(i, std::uint64_t{3} << 30) % 3];
  for (const int c : counts) CHECK(std::abs(c - n / 3) <= 5 * std::sqrt(n * 2.0 / 9));
}
