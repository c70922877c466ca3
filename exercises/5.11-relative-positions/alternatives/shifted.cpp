// The shift does all of it: no table of indices anywhere, and what it leaves above the diagonal is masked.
#include <cmath>

#include "exercise.h"

namespace gradus::exercises {

Tensor shift(const Tensor& x) {
  const std::int64_t t = x.size(-1), n = x.numel() / (t * t);
  const Tensor flat = cat({x.reshape({n, t, t}), ones({n, t, 1})}, 2).reshape({n, t * (t + 1)});
  return flat.slice(1, t - 1, t * t + t - 1).reshape(x.shape());
}

Tensor position_scores(const Tensor& q, const Tensor& positions) {
  return shift(matmul(q, reversed(positions).t()));
}

Tensor relative_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions) {
  const Tensor nothing = zeros({1, q.size(2)});
  return biased_attention(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1), positions, nothing, nothing)
      .squeeze(1);
}

Tensor biased_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions,
                        const Tensor& u, const Tensor& w) {
  const Tensor content = matmul(q + u.unsqueeze(-2), k.t());
  const Tensor both = (content + position_scores(q + w.unsqueeze(-2), positions)) /
                      std::sqrt(static_cast<double>(positions.size(1)));
  const Tensor later = triu(ones({q.size(2), q.size(2)}), 1) > 0.5;
  return matmul(softmax(masked_fill(both, later, -INFINITY)), v);
}

}  // namespace gradus::exercises
