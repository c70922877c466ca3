#include "exercise.h"

#include <cmath>

namespace gradus::exercises {

Tensor create_causal_mask(std::int64_t n) {
  GRADUS_TODO("0 where position i may attend to position j, -inf where it may not");
}

Tensor masked_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  GRADUS_TODO("weights that the mask leaves, then mix the rows of v");
}

}  // namespace gradus::exercises
