// Plain memory: the map is copied dense first, then walked along its diagonals.
#include "exercise.h"

#include <algorithm>
#include <cmath>

namespace gradus::exercises {
namespace {

/// The mean of the diagonal `back` places below the main one, of every head, without the first `skipped` entries.
std::vector<float> diagonal(const Tensor& maps, std::int64_t back, std::int64_t skipped = 0) {
  const Tensor dense = maps.contiguous();
  const std::int64_t B = maps.size(0), H = maps.size(1), T = maps.size(2);
  std::vector<float> means(static_cast<std::size_t>(H), 0.f);
  const float share = 1 / static_cast<float>(B * (T - back - skipped));
  for (std::int64_t bh = 0; bh < B * H; ++bh) {
    const float* a = dense.data<float>() + bh * T * T + back * T + skipped * (T + 1);
    for (std::int64_t n = 0; n < T - back - skipped; ++n, a += T + 1)
      means[static_cast<std::size_t>(bh % H)] += *a * share;
  }
  return means;
}

}  // namespace

std::string heatmap(const Tensor& weights, const std::vector<std::string>& tokens) {
  const Tensor dense = weights.contiguous();
  std::int64_t widest = 0;
  for (const std::string& token : tokens) widest = std::max(widest, lab::columns(token));
  std::string text;
  const float* w = dense.data<float>();
  for (const std::string& token : tokens) {
    std::string line = token;
    while (lab::columns(line) < widest + 1) line += ' ';
    for (std::size_t j = 0; j < tokens.size(); ++j) {
      const int level = static_cast<int>(std::floor(*w++ * 10));
      line += std::string(2, shades[static_cast<std::size_t>(std::clamp(level, 0, 9))]);
    }
    text += line + "\n";
  }
  return text;
}

Tensor offset_profile(const Tensor& maps) {
  const std::int64_t H = maps.size(1), T = maps.size(2);
  std::vector<float> all;
  for (std::int64_t d = 0; d < T; ++d)
    for (const float x : diagonal(maps, d)) all.push_back(x);
  return tensor(all, {T, H}).transpose(0, 1);
}

Tensor previous_token_score(const Tensor& maps) { return tensor(diagonal(maps, 1, 1), {maps.size(1)}); }

}  // namespace gradus::exercises
