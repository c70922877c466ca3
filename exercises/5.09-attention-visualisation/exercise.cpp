#include "exercise.h"

#include <algorithm>

namespace gradus::exercises {

std::string heatmap(const Tensor& weights, const std::vector<std::string>& tokens) {
  GRADUS_TODO("a line for each query: its token, then a shade for each key");
}

Tensor offset_profile(const Tensor& maps) {
  GRADUS_TODO("for each head and distance, the mean weight so far back");
}

Tensor previous_token_score(const Tensor& maps) {
  GRADUS_TODO("for each head, the mean weight on the token before");
}

}  // namespace gradus::exercises
