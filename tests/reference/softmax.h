#pragma once
#include "reference/array.h"
#include "reference/reduce.h"

namespace reference {

/// exp(x) / sum exp(x) along an axis; long double needs no shift. A row that is all -inf gives zeros.
template <class S> Array<S> softmax(const Array<S>& x, Size axis) {
  using std::exp;
  const Array<S> e = map(x, [](S v) { return exp(v); });
  const Array<S> total = reduce(e, {axis}, true, sum<S>);
  return zip(e, total, [](S v, S t) { return t == S(0) ? S(0) : v / t; });
}

template <class S> Array<S> log_softmax(const Array<S>& x, Size axis) {
  return zip(x, reduce(x, {axis}, true, logsumexp<S>), [](S v, S total) { return v - total; });
}

}  // namespace reference
