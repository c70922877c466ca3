#include "exercise.h"

#include <cmath>

namespace gradus::exercises {

MultiHeadAttention::MultiHeadAttention(std::int64_t width, std::int64_t number_of_heads)
    : d_model(width), heads(number_of_heads) {
  GRADUS_TODO("refuse what cannot be divided, and draw the four matrices");
}

Tensor MultiHeadAttention::split_heads(const Tensor& x) const {
  GRADUS_TODO("each position's columns in H groups, and the heads before the positions");
}

Tensor MultiHeadAttention::merge_heads(const Tensor& x) const {
  GRADUS_TODO("the same two steps backward");
}

Tensor MultiHeadAttention::forward(const Tensor& x, const Tensor& mask) const {
  GRADUS_TODO("project, split, attend, merge, project");
}

}  // namespace gradus::exercises
