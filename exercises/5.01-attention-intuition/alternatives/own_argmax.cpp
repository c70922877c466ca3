// Without score(): the model's largest logit in the row that predicts the answer, against the answer itself. The mass
// is a product with ones at the keys.
#include "exercise.h"

namespace gradus::exercises {

double attention_mass(const Tensor& map, std::int64_t query, const std::vector<std::int64_t>& keys) {
  const Tensor chosen = zeros({map.size(1)});
  const Elements mark(chosen);
  for (const std::int64_t key : keys) mark(key) = 1;
  return (map.select(0, query) * chosen).sum().item();
}

static bool right(const Tiny& model, const Tensor& ids, std::int64_t answer) {
  const NoGrad off;
  const Tensor logits = model(ids).select(1, answer - 1).reshape({-1});
  return argmax(logits).item<std::int64_t>() == ids[0][answer].item<std::int64_t>();
}

Accuracies ablate(const Tiny& model, const Sentences& sentences, const std::vector<std::int64_t>& words) {
  int whole = 0, cut = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Tensor ids = sentences.ids.slice(0, static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1);
    whole += right(model, ids, sentences.answer[i]);
    const Intervene change({cut_edge("attention", -1, sentences.answer[i] - 1, words[i])});
    cut += right(model, ids, sentences.answer[i]);
  }
  const double n = static_cast<double>(words.size());
  return {whole / n, cut / n};
}

}  // namespace gradus::exercises
