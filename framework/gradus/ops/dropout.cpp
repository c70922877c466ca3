#include "gradus/ops/dropout.h"

#include <fmt/format.h>

#include "gradus/autograd/record.h"
#include "gradus/base/random.h"
#include "gradus/kernels/dropout.h"
#include "gradus/ops/copy.h"

namespace gradus {

Tensor dropout(const Tensor& x, double p, std::uint64_t seed) {
  if (!(p >= 0 && p <= 1)) fail(fmt::format("dropout: the probability must lie between 0 and 1, not {}", p));
  const Tensor in = contiguous(x.detach());
  Tensor y = empty_like(in);
  visit_floating(x.dtype(), "dropout", [&](auto t) {
    using T = decltype(t);
    kernels::dropout(in.numel(), in.data<T>(), p, seed, y.data<T>());
  });
  return record("dropout", y, wrt(x, [p, seed](const Tensor& dy) { return dropout(dy, p, seed); }));
}

Tensor dropout(const Tensor& x, double p) { return p == 0 || evaluating() ? x : dropout(x, p, next_seed()); }

}  // namespace gradus
