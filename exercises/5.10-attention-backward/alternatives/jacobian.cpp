// The softmax's Jacobian diag(a) - a a^T as a matrix, for every query; and dK = (Q^T dS)^T.
#include <cmath>

#include "exercise.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {

Tensor grad_v(const Tensor& a, const Tensor& dout) { return matmul(dout.transpose(1, 2), a).transpose(1, 2); }

Tensor grad_a(const Tensor& dout, const Tensor& v) {
  return matmul(v, dout.permute({0, 2, 1})).permute({0, 2, 1});
}

Tensor grad_s(const Tensor& a, const Tensor& da) {
  const Tensor column = a.unsqueeze(-1), row = a.unsqueeze(-2);  // [B, Tq, Tk, 1], [B, Tq, 1, Tk]
  const Tensor jacobian = column * eye(a.size(-1)) - matmul(column, row);
  return matmul(jacobian, da.unsqueeze(-1)).squeeze(-1);
}

Tensor grad_q(const Tensor& ds, const Tensor& k) {
  return matmul(ds * (1 / std::sqrt(static_cast<double>(k.size(2)))), k);
}

Tensor grad_k(const Tensor& ds, const Tensor& q) {
  const Tensor scaled = q / std::sqrt(static_cast<double>(q.size(2)));
  return matmul(scaled.transpose(1, 2), ds).transpose(1, 2);
}

AttentionGradients attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& dout,
                                      const Tensor& mask) {
  const Tensor a = attention_weights(q, k, mask), ds = grad_s(a, grad_a(dout, v));
  return {.dq = grad_q(ds, k), .dk = grad_k(ds, q), .dv = grad_v(a, dout)};
}

}  // namespace gradus::exercises
