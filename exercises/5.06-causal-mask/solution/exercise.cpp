#include "exercise.h"

#include <cmath>

namespace gradus::exercises {

Tensor create_causal_mask(std::int64_t n) {
  // <answer> 0 where position i may attend to position j, -inf where it may not
  const Tensor mask = empty({n, n});
  const Elements m(mask);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) m(i, j) = j <= i ? 0.0F : -INFINITY;
  return mask;
  // </answer>
}

Tensor masked_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  // <answer> weights that the mask leaves, then mix the rows of v
  const Tensor weights = softmax(scores(q, k) + mask, -1);  // [B, Tq, Tk]
  return mix(weights, v);
  // </answer>
}

}  // namespace gradus::exercises
