#pragma once
#include <gradus/gradus.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace gradus::tools {

/// How the next token is chosen from the model's logits. Applied in this order; the defaults change nothing.
struct Sampling {
  bool greedy = false;     ///< always the likeliest (of equals, the lowest id)
  double temperature = 1;  ///< logits are divided by it: below 1 safer, above 1 wilder; 0 is greedy
  std::int64_t top_k = 0;  ///< only the k likeliest; 0: all
  double top_p = 1;        ///< only the likeliest that together reach this probability (Holtzman et al. 2020)
};

/// The token that `u`, uniform in [0, 1), picks. Every sum runs from the likeliest token to the least likely,
/// so the choice is a pure function of its arguments. Error (numerical) when a logit is NaN or none is
/// finite.
inline std::int64_t choose_token(const std::vector<float>& logits, const Sampling& how, double u) {
  std::vector<std::int64_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto logit = [&](std::int64_t id) {
    return static_cast<double>(logits[static_cast<std::size_t>(id)]);
  };
  for (std::int64_t id : order)
    if (std::isnan(logit(id))) fail(Kind::numerical, "the model's logits are NaN: its weights are damaged");
  const auto likelier = [&](std::int64_t a, std::int64_t b) {
    return logit(a) > logit(b) || (logit(a) == logit(b) && a < b);
  };
  if (how.greedy || how.temperature == 0) return *std::min_element(order.begin(), order.end(), likelier);

  auto kept = order.size();
  if (how.top_k > 0) kept = std::min(kept, static_cast<std::size_t>(how.top_k));
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(), likelier);
  if (!std::isfinite(logit(order[0])))
    fail(Kind::numerical, "the model's logits are infinite: its weights are damaged");
  std::vector<double> weight(kept);
  for (std::size_t i = 0; i < kept; ++i)
    weight[i] = std::exp((logit(order[i]) - logit(order[0])) / how.temperature);
  double total = std::accumulate(weight.begin(), weight.end(), 0.0);
  if (how.top_p < 1) {
    double reached = 0;
    std::size_t n = 0;
    while (n < kept && reached < how.top_p * total) reached += weight[n++];
    kept = std::max<std::size_t>(n, 1);
    total = std::accumulate(weight.begin(), weight.begin() + static_cast<std::ptrdiff_t>(kept), 0.0);
  }
  double left = u * total;
  for (std::size_t i = 0; i + 1 < kept; ++i)
    if ((left -= weight[i]) < 0) return order[i];
  return order[kept - 1];
}

}  // namespace gradus::tools
