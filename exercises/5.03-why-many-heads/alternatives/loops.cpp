// Plain loops over the elements; the grid is walked by the weight that is left for the rest.
#include <algorithm>
#include <cmath>

#include "exercise.h"

namespace gradus::exercises {

std::int64_t parameter_count(std::int64_t d_model, std::int64_t heads, std::int64_t d_k) {
  std::int64_t count = 0;
  for (std::int64_t h = 0; h < heads; ++h) count += 4 * d_model * d_k;
  return count;
}

double copy_loss(const Tensor& windows, const Tensor& patterns) {
  const std::int64_t n = windows.size(0), k = windows.size(1), d = windows.size(2), heads = patterns.size(0);
  const Tensor x = zeros({n, heads * d}), y = zeros({n, 2 * d});
  const Elements window(windows), pattern(patterns), mixture(x), target(y);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t c = 0; c < d; ++c) {
      for (std::int64_t h = 0; h < heads; ++h)
        for (std::int64_t j = 0; j < k; ++j) mixture(i, h * d + c) += pattern(h, j) * window(i, j, c);
      target(i, c) = window(i, 1, c);  // the order of the targets does not matter
      target(i, d + c) = window(i, 0, c);
    }
  const Tensor w = least_squares(x, y);
  const Elements read(w);
  double lost = 0, all = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t c = 0; c < 2 * d; ++c) {
      double guess = 0;
      for (std::int64_t p = 0; p < heads * d; ++p) guess += read(p, c) * mixture(i, p);
      lost += (guess - target(i, c)) * (guess - target(i, c));
      all += target(i, c) * target(i, c);
    }
  return lost / all;
}

double best_of_one_head(const Tensor& windows, std::int64_t steps) {
  const std::int64_t others = windows.size(1) - 2;
  double best = 1e9;
  for (std::int64_t rest = steps; rest >= 0; --rest)
    for (std::int64_t i = steps - rest; i >= 0; --i) {
      std::vector<float> pattern = {static_cast<float>(i), static_cast<float>(steps - rest - i)};
      for (std::int64_t o = 0; o < others; ++o)
        pattern.push_back(static_cast<float>(rest) / static_cast<float>(others));
      best =
          std::min(best, copy_loss(windows, tensor(pattern, {1, others + 2}) / static_cast<double>(steps)));
    }
  return best;
}

double role_score(Role role, const Tensor& weights, const std::vector<std::int64_t>& tokens) {
  const Elements w(weights);
  std::vector<double> rows;
  for (std::size_t i = 2; i < tokens.size(); ++i) {
    std::vector<std::size_t> keys;
    if (role == Role::previous) keys = {i - 1};
    if (role == Role::first) keys = {0};
    if (role == Role::current) keys = {i};
    for (std::size_t j = 0; j < i; ++j) {
      if (tokens[j] != tokens[i]) continue;
      if (role == Role::same_token) keys.push_back(j);
      if (role == Role::induction) keys.push_back(j + 1);
    }
    double sum = 0;
    for (const std::size_t j : keys) sum += w(i, j);
    if (role == Role::uniform) {
      double largest = 0;
      for (std::size_t j = 0; j <= i; ++j) {
        const double even = 1.0 / static_cast<double>(i + 1), weight = w(i, j);
        if (weight > 0) sum += weight * std::log(weight);
        largest += even * std::log(even);
      }
      rows.push_back(sum / largest);
    } else if (!keys.empty()) {
      rows.push_back(sum);
    }
  }
  double total = 0;
  for (const double x : rows) total += x;
  return rows.empty() ? 0 : total / static_cast<double>(rows.size());
}

Tiny trained_copier(std::int64_t heads, int steps) {
  TinyOptions o;
  o.vocab = o.length = 12;
  o.width = 24;
  o.heads = heads;
  o.targets = 2;
  Tiny model(o);
  AdamW optimizer(parameters(model), {.lr = 3e-3, .beta2 = 0.99, .weight_decay = 0});
  for (int step = 0; step < steps; ++step) {
    const Examples fresh = offset_task(o, {-1, -2}, 16);
    optimizer.zero_grad();
    cross_entropy(model(fresh.ids), fresh.targets).backward();
    optimizer.step();
  }
  return model;
}

}  // namespace gradus::exercises
