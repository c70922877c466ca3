#include "gradus/base/random.h"

#include <cmath>
#include <numbers>

namespace gradus {
namespace {
thread_local GeneratorState state;
}

double Philox::normal(std::uint64_t counter) const {
  const auto w = (*this)(counter);
  const std::uint64_t a = std::uint64_t{w[0]} | std::uint64_t{w[1]} << 32;
  const std::uint64_t b = std::uint64_t{w[2]} | std::uint64_t{w[3]} << 32;
  const double u = (static_cast<double>(a >> 11) + 1) * 0x1p-53;  // in (0, 1]
  const double v = static_cast<double>(b >> 11) * 0x1p-53;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

void manual_seed(std::uint64_t seed) { state = {seed, 0}; }
std::uint64_t next_seed() { return Philox{state.seed, 0x5eed}.bits(state.drawn++); }
GeneratorState generator_state() { return state; }
void set_generator_state(GeneratorState s) { state = s; }

}  // namespace gradus
