#include "exercise.h"

#include <algorithm>

namespace gradus::exercises {

Tensor masked_weights(const Tensor& scores, double blocked) {
  // <answer> replace the scores of later keys, then the softmax over the keys
  const Tensor masked = scores.clone();
  const Elements score(masked);
  for (std::int64_t i = 0; i < masked.size(0); ++i)
    for (std::int64_t j = i + 1; j < masked.size(1); ++j) score(i, j) = static_cast<float>(blocked);
  return softmax(masked, -1);
  // </answer>
}

double leak(const Tensor& weights) {
  // <answer> the largest weight above the diagonal
  const Elements weight(weights);
  double largest = 0;
  for (std::int64_t i = 0; i < weights.size(0); ++i)
    for (std::int64_t j = i + 1; j < weights.size(1); ++j) largest = std::max<double>(largest, weight(i, j));
  return largest;
  // </answer>
}

double teacher_forced_loss(const Tiny& model, const Tensor& ids) {
  // <answer> one run over the whole sequences; position t is asked for token t + 1
  const std::int64_t length = ids.size(1);
  const Tensor logits = model(ids).squeeze(2).slice(1, 0, length - 1);  // [B, T - 1, V]
  return cross_entropy(logits, ids.slice(1, 1, length)).item();
  // </answer>
}

double prefix_only_loss(const Tiny& model, const Tensor& ids) {
  // <answer> a run for every prefix; its last position is asked for the token that follows
  const std::int64_t length = ids.size(1);
  double total = 0;
  for (std::int64_t t = 0; t < length - 1; ++t) {
    const Tensor logits = model(ids.slice(1, 0, t + 1)).select(1, t).squeeze(1);  // [B, V]
    total += cross_entropy(logits, ids.select(1, t + 1)).item();
  }
  return total / static_cast<double>(length - 1);
  // </answer>
}

}  // namespace gradus::exercises
