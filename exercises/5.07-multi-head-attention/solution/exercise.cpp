#include "exercise.h"

#include <cmath>

namespace gradus::exercises {

MultiHeadAttention::MultiHeadAttention(std::int64_t width, std::int64_t number_of_heads)
    : d_model(width), heads(number_of_heads) {
  // <answer> refuse what cannot be divided, and draw the four matrices
  if (d_model % heads != 0) fail("the heads must divide d_model");
  for (Parameter* w : {&w_q, &w_k, &w_v, &w_o}) *w = Parameter(normal({d_model, d_model}, 0, 0.02));
  // </answer>
}

Tensor MultiHeadAttention::split_heads(const Tensor& x) const {
  // <answer> each position's columns in H groups, and the heads before the positions
  return x.reshape({x.size(0), x.size(1), heads, d_model / heads}).transpose(1, 2);
  // </answer>
}

Tensor MultiHeadAttention::merge_heads(const Tensor& x) const {
  // <answer> the same two steps backward
  return x.transpose(1, 2).reshape({x.size(0), x.size(2), d_model});
  // </answer>
}

Tensor MultiHeadAttention::forward(const Tensor& x, const Tensor& mask) const {
  // <answer> project, split, attend, merge, project
  const Tensor q = split_heads(matmul(x, w_q));
  const Tensor k = split_heads(matmul(x, w_k));
  const Tensor v = split_heads(matmul(x, w_v));
  const Tensor each = attention(q, k, v, mask);  // [B, H, T, d_k]
  return matmul(merge_heads(each), w_o);
  // </answer>
}

}  // namespace gradus::exercises
