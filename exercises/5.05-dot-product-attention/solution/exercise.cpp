#include "exercise.h"

#include <cmath>

namespace gradus::exercises {

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  // <answer> weights from q and k, then mix the rows of v
  const double d_k = static_cast<double>(q.size(-1));
  const Tensor scores = matmul(q, k.transpose(-2, -1)) / std::sqrt(d_k);  // [B, Tq, Tk]
  return matmul(softmax(scores, -1), v);
  // </answer>
}

}  // namespace gradus::exercises
