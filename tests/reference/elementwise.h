#pragma once
#include <cmath>
#include <numbers>

#include "reference/array.h"
#include "reference/dual.h"
#include "reference/philox.h"

namespace reference {

// Of one number; S is a floating type or Dual.

template <class S> S sigmoid(S x) {
  using std::exp;
  return S(1) / (S(1) + exp(-x));
}
template <class S> S relu(S x) { return x > S(0) ? x : S(0) * x; }
template <class S> S absolute(S x) { return x < S(0) ? -x : x; }
template <class S> S sign(S x) { return S(x > S(0) ? 1 : x < S(0) ? -1 : 0); }
template <class S> S gelu_erf(S x) {
  using std::erf;
  return x * (S(1) + erf(x / S(std::numbers::sqrt2_v<long double>))) / S(2);
}
template <class S> S gelu_tanh(S x) {
  using std::tanh;
  const S c(std::sqrt(2 / std::numbers::pi_v<long double>));
  return x * (S(1) + tanh(c * (x + S(0.044715L) * x * x * x))) / S(2);
}
template <class S> S silu(S x) { return x * sigmoid(x); }

template <class S> Array<S> where(const Array<S>& c, const Array<S>& a, const Array<S>& b) {
  return generate<S>(broadcast_shape(c.shape, broadcast_shape(a.shape, b.shape)),
                     [&](const Index& at) { return real(c(at)) != 0 ? a(at) : b(at); });
}

/// Element i is kept when its random word is at least p 2^32, and then divided by 1 - p.
template <class S> Array<S> dropout(Array<S> x, double p, std::uint64_t seed) {
  for (std::size_t i = 0; i < x.data.size(); ++i)
    x.data[i] = static_cast<double>(random_word(seed, i)) >= p * 4294967296.0
                    ? x.data[i] / S(1 - static_cast<long double>(p))
                    : S(0);
  return x;
}

}  // namespace reference
