#pragma once
#include <string>
#include <vector>

#include "tools/lab/analysis.h"

/// Analyses of no model, whose every weight is known: what the report must show can be told without the report.
namespace synthetic {

/// What heads do, one after the other, layer by layer.
enum class Kind { previous, first, uniform, stripe, current, content };
Kind kind_of(std::int64_t head_number);

/// [T, T] float32. previous: 0.9 on the token before; first: 0.8 on the first; stripe: 0.7 on the token 5 back; current: 0.85 on
/// itself; in each the rest is spread evenly over the other keys, and where there is no such key over all. content: a row of
/// random weights, a few of them large.
gradus::Tensor map(Kind kind, std::int64_t T, std::uint64_t seed = 0);

struct Size {
  std::int64_t layers = 2, heads = 4, tokens = 24;
  std::int64_t checkpoints = 0;
  bool hostile = false;  ///< a second text, of tokens that break what is not built with care
};
gradus::lab::Analysis analysis(const Size& size);

}  // namespace synthetic
