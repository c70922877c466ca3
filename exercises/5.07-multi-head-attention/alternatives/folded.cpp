// Heads and items share one axis, [B H, T, d_k], and the attention is written out; W_o is applied head by head and added up.
#include <cmath>

#include "exercise.h"
#include "gradus/ops/reduce.h"

namespace gradus::exercises {

MultiHeadAttention::MultiHeadAttention(std::int64_t width, std::int64_t n) : d_model(width), heads(n) {
  if (d_model % heads) fail("no");
  w_q = Parameter(normal({d_model, d_model}, 0, 0.02));
  w_k = Parameter(normal({d_model, d_model}, 0, 0.02));
  w_v = Parameter(normal({d_model, d_model}, 0, 0.02));
  w_o = Parameter(normal({d_model, d_model}, 0, 0.02));
}

Tensor MultiHeadAttention::split_heads(const Tensor& x) const {
  return x.reshape({x.size(0), x.size(1), heads, d_model / heads}).permute({0, 2, 1, 3});
}

Tensor MultiHeadAttention::merge_heads(const Tensor& x) const {
  return x.permute({0, 2, 1, 3}).flatten(2, 3);
}

Tensor MultiHeadAttention::forward(const Tensor& x, const Tensor& mask) const {
  const std::int64_t b = x.size(0), t = x.size(1), d_k = d_model / heads;
  const auto folded = [&](const Tensor& w) { return split_heads(matmul(x, w)).reshape({b * heads, t, d_k}); };
  Tensor scores =
      matmul(folded(w_q) * std::pow(static_cast<double>(d_k), -0.5), folded(w_k).permute({0, 2, 1}));
  if (mask.defined()) scores = scores + mask;
  const Tensor e = exp(scores - max(scores, -1, true).detach());
  const Tensor found = matmul(e / e.sum({-1}, true), folded(w_v)).reshape({b, heads, t, d_k});
  return matmul(found, w_o.reshape({heads, d_k, d_model})).sum({1});
}

}  // namespace gradus::exercises
