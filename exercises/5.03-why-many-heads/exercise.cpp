#include "exercise.h"

#include <algorithm>
#include <cmath>

namespace gradus::exercises {

std::int64_t parameter_count(std::int64_t d_model, std::int64_t heads, std::int64_t d_k) {
  GRADUS_TODO("three projections into each head, one back");
}

double copy_loss(const Tensor& windows, const Tensor& patterns) {
  GRADUS_TODO("mix, read out, compare");
}

double best_of_one_head(const Tensor& windows, std::int64_t steps) {
  GRADUS_TODO("try every pattern of the grid");
}

double role_score(Role role, const Tensor& weights, const std::vector<std::int64_t>& tokens) {
  GRADUS_TODO("the mean weight on the role's keys, or the mean entropy");
}

Tiny trained_copier(std::int64_t heads, int steps) {
  GRADUS_TODO("a Tiny with two readouts, and its training");
}

}  // namespace gradus::exercises
