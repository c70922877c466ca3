#include <cmath>

#include "exercise.h"
#include "exercises/common/oracle.h"

namespace gradus::exercises {

Tensor scores(const Tensor& q, const Tensor& k) {
  return matmul(q, k.transpose(-2, -1)) / std::sqrt(static_cast<double>(q.size(-1)));
}

Tensor create_causal_mask(std::int64_t n) { return causal_mask(n).tensor(); }

Tensor mix(const Tensor& weights, const Tensor& v) { return matmul(weights, v); }

Tensor reversed(const Tensor& table) { return index_select(table, 0, arange(table.size(0) - 1, -1, -1)); }

}  // namespace gradus::exercises
