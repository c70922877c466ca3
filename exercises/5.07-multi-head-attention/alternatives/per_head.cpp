// Each head by itself, in a loop: a slice of the columns in, a slice of the columns out.
#include <stdexcept>
#include <vector>

#include "exercise.h"
#include "gradus/ops/join.h"

namespace gradus::exercises {

MultiHeadAttention::MultiHeadAttention(std::int64_t width, std::int64_t n) : d_model(width), heads(n) {
  if (heads <= 0 || width / heads * heads != width) throw std::invalid_argument("heads must divide d_model");
  const auto draw = [&] { return Parameter(randn({d_model, d_model}) * 0.02); };
  w_q = draw();
  w_k = draw();
  w_v = draw();
  w_o = draw();
}

Tensor MultiHeadAttention::split_heads(const Tensor& x) const {
  return stack(x.split(d_model / heads, 2), 1);
}

Tensor MultiHeadAttention::merge_heads(const Tensor& x) const {
  std::vector<Tensor> columns;
  for (std::int64_t h = 0; h < heads; ++h) columns.push_back(x.select(1, h));
  return cat(columns, 2);
}

Tensor MultiHeadAttention::forward(const Tensor& x, const Tensor& mask) const {
  const std::int64_t d_k = d_model / heads;
  std::vector<Tensor> found;
  for (std::int64_t h = 0; h < heads; ++h) {
    const auto part = [&](const Tensor& w) { return matmul(x, narrow(w, 1, h * d_k, d_k)); };
    found.push_back(attention(part(w_q), part(w_k), part(w_v), mask));
  }
  return matmul(cat(found, 2), w_o);
}

}  // namespace gradus::exercises
