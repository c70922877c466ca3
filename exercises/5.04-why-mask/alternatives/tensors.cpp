// Whole tensors at once, and one cross-entropy over the logits of all prefixes.
#include "exercise.h"

namespace gradus::exercises {

Tensor masked_weights(const Tensor& scores, double blocked) {
  const std::int64_t n = scores.size(0);
  const Tensor i = arange(n).unsqueeze(1), j = arange(n).unsqueeze(0);
  return softmax(where(j > i, full({}, blocked), scores), 1);
}

double leak(const Tensor& weights) { return max(triu(weights, 1)).item(); }

double teacher_forced_loss(const Tiny& model, const Tensor& ids) {
  const Tensor logits = model(ids);  // [B, T, 1, V]; the last position has no next token
  const Tensor nothing = full({ids.size(0), 1}, -100, Dtype::int64);
  return cross_entropy(logits, cat({ids.slice(1, 1, ids.size(1)), nothing}, 1).unsqueeze(2)).item();
}

double prefix_only_loss(const Tiny& model, const Tensor& ids) {
  std::vector<Tensor> logits;
  for (std::int64_t t = 1; t < ids.size(1); ++t)
    logits.push_back(model(ids.slice(1, 0, t)).slice(1, t - 1, t));
  return cross_entropy(cat(logits, 1).squeeze(2), ids.slice(1, 1, ids.size(1))).item();
}

}  // namespace gradus::exercises
