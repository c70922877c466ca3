#pragma once
#include "reference/array.h"
#include "reference/softmax.h"

namespace reference {

/// -sum_c q_c log p_c per row, q = (1 - s) onehot(target) + s / V; 0 where the target is ignored.
template <class S>
Array<S> cross_entropy(const Array<S>& logits, const Array<S>& targets, Size ignored, double smoothing) {
  const Array<S> log_p = log_softmax(logits, -1);
  const Size classes = logits.shape.back();
  return generate<S>(targets.shape, [&](const Index& at) {
    const Size target = static_cast<Size>(real(targets(at)));
    S loss(0);
    if (target == ignored) return loss;
    for (Size c = 0; c < classes; ++c) {
      const long double q = (c == target ? 1 - static_cast<long double>(smoothing) : 0) +
                            static_cast<long double>(smoothing) / static_cast<long double>(classes);
      if (q != 0) loss += S(-q) * log_p(inserted(at, targets.rank(), c));
    }
    return loss;
  });
}

}  // namespace reference
