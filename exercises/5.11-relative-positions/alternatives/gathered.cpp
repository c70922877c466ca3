// Every query meets every row of the table once, and gather picks.
#include <cmath>

#include "exercise.h"

namespace gradus::exercises {
namespace {

/// max(i - j, 0), int64 [T, T]
Tensor distances(std::int64_t t) {
  const Tensor d = arange(t).unsqueeze(1) - arange(t);
  return maximum(d, zeros({}, Dtype::int64));
}

Tensor along_last(const Tensor& x, const Tensor& index) {
  Shape shape = x.shape();
  return gather(x, -1, index.expand(shape).contiguous());
}

Tensor attend(const Tensor& queries, const Tensor& placed, const Tensor& k, const Tensor& v,
              const Tensor& positions) {
  const std::int64_t t = k.size(-2);
  const Tensor s = matmul(queries, k.t()) + position_scores(placed, positions);
  const Tensor root = full({}, std::sqrt(static_cast<double>(k.size(-1))));
  const Tensor e = exp((s - max(s, -1, true)) / root) * tril(ones({t, t}));
  return mix(e / e.sum({-1}, true), v);
}

}  // namespace

Tensor position_scores(const Tensor& q, const Tensor& positions) {
  return along_last(matmul(q, positions.t()), distances(q.size(-2)));
}

Tensor relative_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions) {
  return attend(q, q, k, v, positions);
}

Tensor biased_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions,
                        const Tensor& u, const Tensor& w) {
  const Shape per_head{u.size(0), 1, u.size(1)};
  return attend(q + u.reshape(per_head), q + w.reshape(per_head), k, v, positions);
}

Tensor shift(const Tensor& x) {
  const std::int64_t t = x.size(-1);
  return along_last(x, full({}, static_cast<double>(t - 1), Dtype::int64) - distances(t));
}

}  // namespace gradus::exercises
