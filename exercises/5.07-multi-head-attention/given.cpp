#include <cmath>

#include "exercise.h"

namespace gradus::exercises {

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  const Tensor scores = matmul(q, k.transpose(-2, -1)) / std::sqrt(static_cast<double>(q.size(-1)));
  return matmul(softmax(mask.defined() ? scores + mask : scores, -1), v);
}

}  // namespace gradus::exercises
