#include "gradus/ops/masking.h"

#include "gradus/autograd/errors.h"
#include "gradus/autograd/modes.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus {
namespace {

/// [m, n] boolean: j - i <= diagonal.
Tensor below(std::int64_t m, std::int64_t n, std::int64_t diagonal) {
  const Tensor i = unsqueeze(arange(0, m), 1), j = unsqueeze(arange(0, n), 0);
  return j <= i + scalar(static_cast<double>(diagonal), Dtype::int64);
}

void check_matrix(const char* op, const Tensor& x) {
  if (x.dim() < 2) fail_operands(op, "needs at least two axes", {{"x", x}});
}

}  // namespace

Tensor masked_fill(const Tensor& x, const Tensor& mask, double value) {
  if (!mask.defined() || mask.dtype() != Dtype::boolean)
    fail_operands("masked_fill", "the mask must be boolean", {{"x", x}, {"mask", mask}},
                  "compare it: masked_fill(x, m > 0, v)");
  if (!broadcasts_to(mask.shape(), x.shape()))
    fail_operands("masked_fill", "the mask must broadcast to x", {{"x", x}, {"mask", mask}});
  return where(mask, scalar(value, x.dtype()), x);
}

Tensor tril(const Tensor& x, std::int64_t diagonal) {
  check_matrix("tril", x);
  return where(below(x.size(-2), x.size(-1), diagonal), x, scalar(0, x.dtype()));
}

Tensor triu(const Tensor& x, std::int64_t diagonal) {
  check_matrix("triu", x);
  return where(below(x.size(-2), x.size(-1), diagonal - 1), scalar(0, x.dtype()), x);
}

Tensor causal_mask(std::int64_t q_len, std::int64_t k_len) { return below(q_len, k_len, k_len - q_len); }

}  // namespace gradus
