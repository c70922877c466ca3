// One query after the other: its row of scores is a product with the first i + 1 rows of the table, in reverse.
#include <cmath>
#include <vector>

#include "exercise.h"

namespace gradus::exercises {

Tensor position_scores(const Tensor& q, const Tensor& positions) {
  const std::int64_t t = q.size(-2);
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < t; ++i) {
    const Tensor r =
        cat({reversed(positions.slice(0, 0, i + 1)), zeros({t - 1 - i, q.size(-1)})});  // [T, d_k]
    rows.push_back(matmul(q.slice(-2, i, i + 1), r.t()));
  }
  return cat(rows, -2);
}

Tensor relative_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions) {
  const Tensor root = full({}, std::sqrt(static_cast<double>(q.size(-1))));
  const Tensor masked = position_scores(q / root, positions) + create_causal_mask(q.size(1));
  return mix(softmax(masked + scores(q, k)), v);
}

/// The biases as terms of their own: u . k_j is one number for a key, w . r_(i-j) one for a distance.
Tensor biased_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions,
                        const Tensor& u, const Tensor& w) {
  const std::int64_t t = q.size(-2), h = u.size(0);
  const double root = std::sqrt(static_cast<double>(q.size(-1)));
  std::vector<Tensor> heads;
  for (std::int64_t n = 0; n < h; ++n) {
    const Tensor query = q.select(1, n), key = k.select(1, n);                          // [B, T, d_k]
    const Tensor of_keys = matmul(key, u[n].unsqueeze(1)).transpose(1, 2);              // [B, 1, T]
    const Tensor of_rows = position_scores(w[n].expand({1, t, w.size(1)}), positions);  // [1, T, T]
    const Tensor s = scores(query, key) + (position_scores(query, positions) + of_keys + of_rows) / root;
    heads.push_back(mix(softmax(s + create_causal_mask(t)), v.select(1, n)));
  }
  return stack(heads, 1);
}

/// A row at a time: the last i + 1 columns come first.
Tensor shift(const Tensor& x) {
  const std::int64_t t = x.size(-1);
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < t; ++i) {
    const Tensor row = x.slice(-2, i, i + 1);
    rows.push_back(cat({row.slice(-1, t - 1 - i, t), row.slice(-1, 0, t - 1 - i)}, -1));
  }
  return cat(rows, -2);
}

}  // namespace gradus::exercises
