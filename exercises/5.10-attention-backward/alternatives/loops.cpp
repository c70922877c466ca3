// Every derivative written out, without a matrix product.
#include <cmath>

#include "exercise.h"
#include "exercises/common/elements.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {

Tensor grad_v(const Tensor& a, const Tensor& dout) {
  const Tensor dv = zeros({a.size(0), a.size(2), dout.size(2)});
  const Elements weight(a), from(dout), to(dv);
  for (std::int64_t b = 0; b < a.size(0); ++b)
    for (std::int64_t i = 0; i < a.size(1); ++i)
      for (std::int64_t j = 0; j < a.size(2); ++j)
        for (std::int64_t c = 0; c < dout.size(2); ++c) to(b, j, c) += weight(b, i, j) * from(b, i, c);
  return dv;
}

Tensor grad_a(const Tensor& dout, const Tensor& v) {
  const Tensor da = zeros({dout.size(0), dout.size(1), v.size(1)});
  const Elements from(dout), value(v), to(da);
  for (std::int64_t b = 0; b < da.size(0); ++b)
    for (std::int64_t i = 0; i < da.size(1); ++i)
      for (std::int64_t j = 0; j < da.size(2); ++j)
        for (std::int64_t c = 0; c < v.size(2); ++c) to(b, i, j) += from(b, i, c) * value(b, j, c);
  return da;
}

Tensor grad_s(const Tensor& a, const Tensor& da) {
  const Tensor ds = zeros(a.shape());
  const Elements weight(a), from(da), to(ds);
  for (std::int64_t b = 0; b < a.size(0); ++b)
    for (std::int64_t i = 0; i < a.size(1); ++i)
      for (std::int64_t j = 0; j < a.size(2); ++j)
        for (std::int64_t l = 0; l < a.size(2); ++l)
          to(b, i, l) += from(b, i, j) * weight(b, i, j) * ((j == l ? 1.0f : 0.0f) - weight(b, i, l));
  return ds;
}

Tensor grad_q(const Tensor& ds, const Tensor& k) {
  const Tensor dq = zeros({ds.size(0), ds.size(1), k.size(2)});
  const Elements from(ds), key(k), to(dq);
  const float root = std::sqrt(static_cast<float>(k.size(2)));
  for (std::int64_t b = 0; b < ds.size(0); ++b)
    for (std::int64_t i = 0; i < ds.size(1); ++i)
      for (std::int64_t j = 0; j < ds.size(2); ++j)
        for (std::int64_t c = 0; c < k.size(2); ++c) to(b, i, c) += from(b, i, j) * key(b, j, c) / root;
  return dq;
}

Tensor grad_k(const Tensor& ds, const Tensor& q) { return grad_q(ds.transpose(1, 2), q); }

AttentionGradients attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& dout,
                                      const Tensor& mask) {
  AttentionGradients g;
  const Tensor a = attention_weights(q, k, mask);
  g.dv = grad_v(a, dout);
  const Tensor ds = grad_s(a, grad_a(dout, v));
  g.dq = grad_q(ds, k);
  g.dk = grad_k(ds, q);
  return g;
}

}  // namespace gradus::exercises
