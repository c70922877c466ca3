#pragma once
#include "reference/array.h"

namespace reference {

/// Over the last two axes; leading axes broadcast; a 1-dim operand is a row on the left and a column on the
/// right.
template <class S> Array<S> matmul(Array<S> a, Array<S> b) {
  const bool row = a.rank() == 1, column = b.rank() == 1;
  if (row) a.shape.insert(a.shape.begin(), 1);
  if (column) b.shape.push_back(1);
  const std::size_t ra = a.shape.size(), rb = b.shape.size();
  const Size m = a.shape[ra - 2], k = a.shape[ra - 1], n = b.shape[rb - 1];
  Index shape =
      broadcast_shape(Index(a.shape.begin(), a.shape.end() - 2), Index(b.shape.begin(), b.shape.end() - 2));
  shape.push_back(m);
  shape.push_back(n);
  const Size last = static_cast<Size>(shape.size()) - 1;
  Array<S> y = generate<S>(shape, [&](const Index& at) {
    S total(0);
    for (Size l = 0; l < k; ++l) total += a(replaced(at, last, l)) * b(replaced(at, last - 1, l));
    return total;
  });
  if (row) y.shape.erase(y.shape.end() - 2);
  if (column) y.shape.pop_back();
  return y;
}

/// x W^T + b, b optional.
template <class S>
Array<S> linear(const Array<S>& x, const Array<S>& weight, const Array<S>* bias = nullptr) {
  const Size in = weight.shape[1], last = x.rank() - 1;
  return generate<S>(replaced(x.shape, last, weight.shape[0]), [&](const Index& at) {
    S total = bias ? (*bias)({at.back()}) : S(0);
    for (Size l = 0; l < in; ++l) total += x(replaced(at, last, l)) * weight({at.back(), l});
    return total;
  });
}

}  // namespace reference
