#pragma once
#include "reference/array.h"
#include "reference/reduce.h"

namespace reference {

/// (x - mean) / sqrt(var + eps) weight + bias over the last axis; weight and bias are optional.
template <class S>
Array<S> layer_norm(const Array<S>& x, const Array<S>* weight, const Array<S>* bias, double eps) {
  using std::sqrt;
  const Array<S> middle = reduce(x, {-1}, true, mean<S>);
  const Array<S> spread =
      reduce(x, {-1}, true, [&](const std::vector<S>& row) { return sqrt(variance(row, 0) + S(eps)); });
  return generate<S>(x.shape, [&](const Index& at) {
    S y = (x(at) - middle(at)) / spread(at);
    if (weight) y = y * (*weight)(at);
    return bias ? y + (*bias)(at) : y;
  });
}

/// x / sqrt(mean(x^2) + eps) weight over the last axis.
template <class S> Array<S> rms_norm(const Array<S>& x, const Array<S>* weight, double eps) {
  using std::sqrt;
  const Array<S> size = reduce(map(x, [](S v) { return v * v; }), {-1}, true,
                               [&](const std::vector<S>& row) { return sqrt(mean(row) + S(eps)); });
  return generate<S>(x.shape, [&](const Index& at) {
    const S y = x(at) / size(at);
    return weight ? y * (*weight)(at) : y;
  });
}

}  // namespace reference
