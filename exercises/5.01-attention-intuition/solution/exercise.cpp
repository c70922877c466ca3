#include "exercise.h"

namespace gradus::exercises {

double attention_mass(const Tensor& map, std::int64_t query, const std::vector<std::int64_t>& keys) {
  // <answer> the weights that this query gives to these keys
  double mass = 0;
  for (const std::int64_t key : keys) mass += map[query][key].item();
  return mass;
  // </answer>
}

Accuracies ablate(const Tiny& model, const Sentences& sentences, const std::vector<std::int64_t>& words) {
  // <answer> the model's accuracy, sentence by sentence, left alone and with the edge cut
  Accuracies right{0, 0};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Examples one = asking_answer(only(sentences, i));
    right.whole += score(model, one).accuracy;
    const Intervene change({cut_edge("attention", 0, sentences.answer[i] - 1, words[i])});
    right.cut += score(model, one).accuracy;
  }
  const double n = static_cast<double>(words.size());
  return {right.whole / n, right.cut / n};
  // </answer>
}

}  // namespace gradus::exercises
