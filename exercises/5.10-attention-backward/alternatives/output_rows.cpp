// The whole pass without dA's mean: the row's sum of dO o O is the same number. And the scale goes into dS at once.
#include <cmath>

#include "exercise.h"

namespace gradus::exercises {

Tensor grad_v(const Tensor& a, const Tensor& dout) { return matmul(a.transpose(-2, -1), dout); }
Tensor grad_a(const Tensor& dout, const Tensor& v) { return matmul(dout, v.transpose(-2, -1)); }
Tensor grad_s(const Tensor& a, const Tensor& da) {
  const Tensor flow = a * da;
  return flow - a * flow.sum({2}, true);
}
Tensor grad_q(const Tensor& ds, const Tensor& k) {
  return matmul(ds, k / std::sqrt(static_cast<double>(k.size(-1))));
}
Tensor grad_k(const Tensor& ds, const Tensor& q) {
  return matmul(ds.transpose(-2, -1), q / std::sqrt(static_cast<double>(q.size(-1))));
}

AttentionGradients attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& dout,
                                      const Tensor& mask) {
  const Tensor a = attention_weights(q, k, mask), out = matmul(a, v);
  const Tensor mean = (dout * out).sum({-1}, true);  // [B, Tq, 1]
  const Tensor ds =
      a * (matmul(dout, v.transpose(-2, -1)) - mean) / std::sqrt(static_cast<double>(q.size(-1)));
  return {matmul(ds, k), matmul(ds.transpose(-2, -1), q), matmul(a.transpose(-2, -1), dout)};
}

}  // namespace gradus::exercises
