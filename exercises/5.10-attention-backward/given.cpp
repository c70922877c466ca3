#include <cmath>

#include "exercise.h"
#include "gradus/ops/softmax.h"

namespace gradus::exercises {

Tensor attention_weights(const Tensor& q, const Tensor& k, const Tensor& mask) {
  const Tensor scores = matmul(q, k.transpose(-2, -1)) / std::sqrt(static_cast<double>(q.size(-1)));
  return softmax(mask.defined() ? scores + mask : scores, -1);
}

}  // namespace gradus::exercises
