#include "exercise.h"

#include <algorithm>

namespace gradus::exercises {

Tensor masked_weights(const Tensor& scores, double blocked) {
  GRADUS_TODO("replace the scores of later keys, then the softmax over the keys");
}

double leak(const Tensor& weights) {
  GRADUS_TODO("the largest weight above the diagonal");
}

double teacher_forced_loss(const Tiny& model, const Tensor& ids) {
  GRADUS_TODO("one run over the whole sequences; position t is asked for token t + 1");
}

double prefix_only_loss(const Tiny& model, const Tensor& ids) {
  GRADUS_TODO("a run for every prefix; its last position is asked for the token that follows");
}

}  // namespace gradus::exercises
