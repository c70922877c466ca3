#include "exercise.h"

#include <cmath>

namespace gradus::exercises {

Tensor grad_v(const Tensor& a, const Tensor& dout) {
  // <answer> dV: how much of each output row came from each value
  return matmul(a.transpose(-2, -1), dout);  // [B, Tk, Tq] [B, Tq, d_v]
  // </answer>
}

Tensor grad_a(const Tensor& dout, const Tensor& v) {
  // <answer> dA: how the loss changes when the output moves toward each value
  return matmul(dout, v.transpose(-2, -1));  // [B, Tq, d_v] [B, d_v, Tk]
  // </answer>
}

Tensor grad_s(const Tensor& a, const Tensor& da) {
  // <answer> dS: back through the softmax of each row
  const Tensor mean = (a * da).sum({-1}, true);  // [B, Tq, 1], the mean of dA under the weights
  return a * (da - mean);
  // </answer>
}

Tensor grad_q(const Tensor& ds, const Tensor& k) {
  // <answer> dQ: through Q K^T / sqrt(d_k)
  return matmul(ds, k) / std::sqrt(static_cast<double>(k.size(-1)));
  // </answer>
}

Tensor grad_k(const Tensor& ds, const Tensor& q) {
  // <answer> dK: the same from the other side
  return matmul(ds.transpose(-2, -1), q) / std::sqrt(static_cast<double>(q.size(-1)));
  // </answer>
}

AttentionGradients attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& dout,
                                      const Tensor& mask) {
  // <answer> the whole backward pass, from the five above
  const Tensor a = attention_weights(q, k, mask);
  const Tensor ds = grad_s(a, grad_a(dout, v));
  return {grad_q(ds, k), grad_k(ds, q), grad_v(a, dout)};
  // </answer>
}

}  // namespace gradus::exercises
