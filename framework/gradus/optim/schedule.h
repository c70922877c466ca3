#pragma once
#include <cstdint>

namespace gradus {

/// A learning rate as a function of the 0-based step s: linear warm-up to `peak`, then a fall to `floor` at step
/// `total`, and `floor` after it. Steps count as in nanoGPT: the warm-up gives peak (s + 1) / (warmup + 1).
struct Schedule {
  enum class Decay { constant, linear, cosine };

  Decay decay = Decay::cosine;
  double peak = 1e-3, floor = 0;
  std::int64_t warmup = 0, total = 0;

  double operator()(std::int64_t step) const;
};

}  // namespace gradus
