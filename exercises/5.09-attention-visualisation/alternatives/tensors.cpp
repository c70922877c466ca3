// Profile and score by masks and sums; labels to the right.
#include "exercise.h"

#include <algorithm>

namespace gradus::exercises {

std::string heatmap(const Tensor& weights, const std::vector<std::string>& tokens) {
  const std::vector<float> w = weights.to_vector<float>();
  std::int64_t widest = 0;
  for (const std::string& token : tokens) widest = std::max(widest, lab::columns(token));
  std::string text;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (std::int64_t blank = lab::columns(tokens[i]); blank < widest; ++blank) text += ' ';
    text += tokens[i] + ' ';
    for (std::size_t j = 0; j < tokens.size(); ++j) {
      std::size_t level = 0;
      while (level < 9 && 10 * w[i * tokens.size() + j] >= static_cast<float>(level + 1)) ++level;
      text += shades.substr(level, 1);
      text += shades.substr(level, 1);
    }
    if (i + 1 < tokens.size()) text += '\n';
  }
  return text;
}

Tensor offset_profile(const Tensor& maps) {
  const std::int64_t T = maps.size(2);
  const Tensor mean = maps.mean({0});  // [H, T, T]
  std::vector<Tensor> columns;
  for (std::int64_t d = 0; d < T; ++d) {
    const Tensor band = tril(triu(ones({T, T}), -d), -d);
    columns.push_back((mean * band).sum({1, 2}) / static_cast<double>(T - d));
  }
  return stack(columns, 1);
}

/// One place back without row 1: the profile of the rows from 1 on and the columns from 1 on, where row 1 is the first.
Tensor previous_token_score(const Tensor& maps) {
  const std::int64_t T = maps.size(2);
  return offset_profile(maps.slice(2, 1, T).slice(3, 1, T)).select(1, 1);
}

}  // namespace gradus::exercises
