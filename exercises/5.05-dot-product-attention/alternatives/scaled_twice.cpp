// Both factors carry the fourth root, and the softmax is written out.
#include <cmath>

#include "exercise.h"

namespace gradus::exercises {

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const double root = std::pow(static_cast<double>(k.size(2)), 0.25);
  const Tensor scores = matmul(q / root, (k / root).permute({0, 2, 1}));
  const Tensor e = exp(scores - max(scores, -1, true));
  return matmul(e, v) / e.sum({-1}, true);
}

}  // namespace gradus::exercises
