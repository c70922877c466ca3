#include "exercise.h"

#include <algorithm>
#include <cmath>

namespace gradus::exercises {

std::int64_t parameter_count(std::int64_t d_model, std::int64_t heads, std::int64_t d_k) {
  // <answer> three projections into each head, one back
  const std::int64_t inner = heads * d_k;
  return 3 * d_model * inner + inner * d_model;
  // </answer>
}

double copy_loss(const Tensor& windows, const Tensor& patterns) {
  // <answer> mix, read out, compare
  const std::int64_t n = windows.size(0), d = windows.size(2);
  const Tensor mixtures = matmul(patterns, windows).reshape({n, patterns.size(0) * d});  // [N, heads d]
  const Tensor targets = windows.slice(1, 0, 2).reshape({n, 2 * d});
  const Tensor errors = matmul(mixtures, least_squares(mixtures, targets)) - targets;
  return square(errors).sum().item() / square(targets).sum().item();
  // </answer>
}

double best_of_one_head(const Tensor& windows, std::int64_t steps) {
  // <answer> try every pattern of the grid
  const std::int64_t k = windows.size(1);
  double best = 1;
  for (std::int64_t i = 0; i <= steps; ++i)
    for (std::int64_t j = 0; i + j <= steps; ++j) {
      const double a = static_cast<double>(i) / static_cast<double>(steps);
      const double b = static_cast<double>(j) / static_cast<double>(steps);
      const Tensor pattern = full({1, k}, (1 - a - b) / static_cast<double>(k - 2));
      const Elements weight(pattern);
      weight(0, 0) = static_cast<float>(a);
      weight(0, 1) = static_cast<float>(b);
      best = std::min(best, copy_loss(windows, pattern));
    }
  return best;
  // </answer>
}

double role_score(Role role, const Tensor& weights, const std::vector<std::int64_t>& tokens) {
  // <answer> the mean weight on the role's keys, or the mean entropy
  const Elements weight(weights);
  const auto token = [&](std::int64_t i) { return tokens.at(static_cast<std::size_t>(i)); };
  const auto looks_at = [&](std::int64_t i, std::int64_t j) {
    switch (role) {
      case Role::previous: return j == i - 1;
      case Role::first: return j == 0;
      case Role::current: return j == i;
      case Role::same_token: return j < i && token(j) == token(i);
      case Role::induction: return j > 0 && token(j - 1) == token(i);
      case Role::uniform: break;
    }
    return true;
  };
  double total = 0, rows = 0;
  for (std::int64_t i = 2; i < weights.size(0); ++i) {
    double on_keys = 0, entropy = 0;
    bool any = false;
    for (std::int64_t j = 0; j <= i; ++j) {
      const double w = weight(i, j);
      if (w > 0) entropy -= w * std::log(w);
      if (!looks_at(i, j)) continue;
      any = true;
      on_keys += w;
    }
    if (!any) continue;
    rows += 1;
    total += role == Role::uniform ? entropy / std::log(static_cast<double>(i + 1)) : on_keys;
  }
  return rows > 0 ? total / rows : 0;
  // </answer>
}

Tiny trained_copier(std::int64_t heads, int steps) {
  // <answer> a Tiny with two readouts, and its training
  const TinyOptions options{.vocab = 12, .length = 12, .width = 24, .heads = heads, .targets = 2};
  Tiny model(options);
  train(model, steps, [&](std::int64_t batch) { return offset_task(options, {-1, -2}, batch); });
  return model;
  // </answer>
}

}  // namespace gradus::exercises
