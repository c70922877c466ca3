#pragma once
#include <cstdint>

namespace gradus::kernels {

enum class Unary {
  neg,
  abs,
  sign,
  exp,
  log,
  sqrt,
  rsqrt,
  square,
  tanh,
  sigmoid,
  erf,
  relu,
  gelu_erf,
  gelu_tanh,
  silu,
  sin,
  cos
};

// Over n dense elements; T is float or double. An element's bits depend on its value alone, never on where it
// stands. The output may be an input.

/// y = f(x).  NaN gives NaN; gelu and silu of +-inf are inf and 0.
template <class T> void unary(Unary f, std::int64_t n, const T* x, T* y);

/// dx = dy f'(x) for the activations gelu_erf, gelu_tanh and silu. f'(+-inf) is 1 and 0.
template <class T> void unary_backward(Unary f, std::int64_t n, const T* x, const T* dy, T* dx);

}  // namespace gradus::kernels
