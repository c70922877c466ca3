#include "exercise.h"

#include <cmath>

namespace gradus::exercises {

Tensor grad_v(const Tensor& a, const Tensor& dout) {
  GRADUS_TODO("dV: how much of each output row came from each value");
}

Tensor grad_a(const Tensor& dout, const Tensor& v) {
  GRADUS_TODO("dA: how the loss changes when the output moves toward each value");
}

Tensor grad_s(const Tensor& a, const Tensor& da) {
  GRADUS_TODO("dS: back through the softmax of each row");
}

Tensor grad_q(const Tensor& ds, const Tensor& k) {
  GRADUS_TODO("dQ: through Q K^T / sqrt(d_k)");
}

Tensor grad_k(const Tensor& ds, const Tensor& q) {
  GRADUS_TODO("dK: the same from the other side");
}

AttentionGradients attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& dout,
                                      const Tensor& mask) {
  GRADUS_TODO("the whole backward pass, from the five above");
}

}  // namespace gradus::exercises
