// Plain loops: a softmax by hand, and cross-entropies from the elements of the logits.
#include <algorithm>
#include <cmath>

#include "exercise.h"

namespace gradus::exercises {

Tensor masked_weights(const Tensor& scores, double blocked) {
  const std::int64_t n = scores.size(0);
  const Tensor weights = zeros({n, n});
  const Elements score(scores), weight(weights);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = [&](std::int64_t j) { return j <= i ? static_cast<double>(score(i, j)) : blocked; };
    double highest = at(0), total = 0;
    for (std::int64_t j = 1; j < n; ++j) highest = std::max(highest, at(j));
    for (std::int64_t j = 0; j < n; ++j) total += std::exp(at(j) - highest);
    for (std::int64_t j = 0; j < n; ++j) weight(i, j) = static_cast<float>(std::exp(at(j) - highest) / total);
  }
  return weights;
}

double leak(const Tensor& weights) {
  const Elements weight(weights);
  float largest = 0;
  for (std::int64_t j = 1; j < weights.size(1); ++j)
    for (std::int64_t i = 0; i < j; ++i)
      if (weight(i, j) > largest) largest = weight(i, j);
  return largest;
}

/// -log softmax(logits)[target], summed over the batch, for one position.   logits [B, T, 1, V]
static double loss_at(const Tensor& logits, const Tensor& ids, std::int64_t row, std::int64_t target) {
  const Elements x(logits);
  const std::vector<std::int64_t> token = ids.select(1, target).to_vector<std::int64_t>();
  double loss = 0;
  for (std::int64_t b = 0; b < ids.size(0); ++b) {
    double total = 0;
    for (std::int64_t v = 0; v < logits.size(3); ++v) total += std::exp(x(b, row, 0, v));
    loss += std::log(total) - x(b, row, 0, token[static_cast<std::size_t>(b)]);
  }
  return loss;
}

double teacher_forced_loss(const Tiny& model, const Tensor& ids) {
  const Tensor logits = model(ids);
  double loss = 0;
  for (std::int64_t t = 1; t < ids.size(1); ++t) loss += loss_at(logits, ids, t - 1, t);
  return loss / static_cast<double>(ids.size(0) * (ids.size(1) - 1));
}

double prefix_only_loss(const Tiny& model, const Tensor& ids) {
  double loss = 0;
  for (std::int64_t t = ids.size(1) - 1; t > 0; --t)
    loss += loss_at(model(ids.slice(1, 0, t)), ids, t - 1, t);
  return loss / static_cast<double>(ids.size(0) * (ids.size(1) - 1));
}

}  // namespace gradus::exercises
