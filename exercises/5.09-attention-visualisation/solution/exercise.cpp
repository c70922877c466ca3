#include "exercise.h"

#include <algorithm>

namespace gradus::exercises {

std::string heatmap(const Tensor& weights, const std::vector<std::string>& tokens) {
  // <answer> a line for each query: its token, then a shade for each key
  const Elements weight(weights);
  std::int64_t widest = 0;
  for (const std::string& token : tokens) widest = std::max(widest, lab::columns(token));

  std::string text;
  for (std::int64_t i = 0; i < weights.size(0); ++i) {
    const std::string& token = tokens[static_cast<std::size_t>(i)];
    text += token + std::string(static_cast<std::size_t>(widest - lab::columns(token)), ' ') + ' ';
    for (std::int64_t j = 0; j < weights.size(1); ++j) {
      const auto level = static_cast<std::size_t>(10 * weight(i, j));
      text.append(2, shades[std::min(level, shades.size() - 1)]);
    }
    text += '\n';
  }
  return text;
  // </answer>
}

Tensor offset_profile(const Tensor& maps) {
  // <answer> for each head and distance, the mean weight so far back
  const std::int64_t B = maps.size(0), H = maps.size(1), T = maps.size(2);
  const Elements weight(maps);
  const Tensor result = zeros({H, T});
  const Elements profile(result);
  for (std::int64_t h = 0; h < H; ++h)
    for (std::int64_t d = 0; d < T; ++d) {
      double sum = 0;
      for (std::int64_t b = 0; b < B; ++b)
        for (std::int64_t i = d; i < T; ++i) sum += weight(b, h, i, i - d);
      profile(h, d) = static_cast<float>(sum / static_cast<double>(B * (T - d)));
    }
  return result;
  // </answer>
}

Tensor previous_token_score(const Tensor& maps) {
  // <answer> for each head, the mean weight on the token before
  const std::int64_t B = maps.size(0), H = maps.size(1), T = maps.size(2);
  const Elements weight(maps);
  const Tensor result = zeros({H});
  const Elements score(result);
  for (std::int64_t h = 0; h < H; ++h) {
    double sum = 0;
    for (std::int64_t b = 0; b < B; ++b)
      for (std::int64_t row = 2; row < T; ++row) sum += weight(b, h, row, row - 1);
    score(h) = static_cast<float>(sum / static_cast<double>(B * (T - 2)));
  }
  return result;
  // </answer>
}

}  // namespace gradus::exercises
