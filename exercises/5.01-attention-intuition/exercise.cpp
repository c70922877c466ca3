#include "exercise.h"

namespace gradus::exercises {

double attention_mass(const Tensor& map, std::int64_t query, const std::vector<std::int64_t>& keys) {
  GRADUS_TODO("the weights that this query gives to these keys");
}

Accuracies ablate(const Tiny& model, const Sentences& sentences, const std::vector<std::int64_t>& words) {
  GRADUS_TODO("the model's accuracy, sentence by sentence, left alone and with the edge cut");
}

}  // namespace gradus::exercises
