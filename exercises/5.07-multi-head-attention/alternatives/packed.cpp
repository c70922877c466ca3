// One product for queries, keys and values.
#include "exercise.h"
#include "gradus/nn/init.h"
#include "gradus/ops/join.h"

namespace gradus::exercises {

MultiHeadAttention::MultiHeadAttention(std::int64_t width, std::int64_t n) : d_model(width), heads(n) {
  if (n < 1 || width % n != 0) fail("the heads must share the columns evenly");
  for (Parameter* w : {&w_o, &w_v, &w_k, &w_q})
    *w = Parameter(nn::initialised(nn::Init::normal(0.02), {width, width}, width));
}

Tensor MultiHeadAttention::split_heads(const Tensor& x) const {
  return transpose(x.view({x.size(0), x.size(1), heads, -1}), -3, -2);
}

Tensor MultiHeadAttention::merge_heads(const Tensor& x) const {
  return transpose(x, 1, 2).contiguous().view({x.size(0), x.size(2), -1});
}

Tensor MultiHeadAttention::forward(const Tensor& x, const Tensor& mask) const {
  const auto [q, k, v] = chunk<3>(matmul(x, cat({w_q, w_k, w_v}, 1)), -1);
  const auto split = [&](const Tensor& part) { return split_heads(part.contiguous()); };
  return matmul(merge_heads(attention(split(q), split(k), split(v), mask)), w_o);
}

}  // namespace gradus::exercises
