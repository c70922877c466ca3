#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

// Each maps every element of a floating tensor; the shape stays.

Tensor exp(const Tensor& x);      ///< dx = dy y
Tensor log(const Tensor& x);      ///< dx = dy / x
Tensor sqrt(const Tensor& x);     ///< dx = dy / (2 y)
Tensor rsqrt(const Tensor& x);    ///< 1 / sqrt(x)                 dx = -dy y^3 / 2
Tensor abs(const Tensor& x);      ///< dx = dy sign(x), 0 at 0
Tensor sign(const Tensor& x);     ///< -1, 0 or 1                  dx = 0
Tensor square(const Tensor& x);   ///< dx = 2 dy x
Tensor sin(const Tensor& x);      ///< dx = dy cos(x)
Tensor cos(const Tensor& x);      ///< dx = -dy sin(x)
Tensor tanh(const Tensor& x);     ///< dx = dy (1 - y^2)
Tensor sigmoid(const Tensor& x);  ///< 1 / (1 + exp(-x))           dx = dy y (1 - y)
Tensor erf(const Tensor& x);      ///< dx = dy 2 / sqrt(pi) exp(-x^2)
Tensor relu(const Tensor& x);     ///< max(x, 0), NaN stays        dx = dy where x > 0, 0 at 0

/// x Phi(x), Phi the normal distribution function (Hendrycks and Gimpel 2016): PyTorch's and nanoGPT's GELU.
///   dx = dy (Phi(x) + x phi(x))
Tensor gelu_erf(const Tensor& x);
/// x (1 + tanh u) / 2 with u = sqrt(2/pi) (x + 0.044715 x^3): GPT-2's "gelu_new"; differs by up to 5e-4.
///   dx = dy ((1 + tanh u) / 2 + x (1 - tanh^2 u) u' / 2)
Tensor gelu_tanh(const Tensor& x);
/// x sigmoid(x), the "swish" of Llama's SwiGLU.
///   dx = dy (s + x s (1 - s)), s = sigmoid(x)
Tensor silu(const Tensor& x);

namespace composed {
Tensor gelu_erf(const Tensor& x);
Tensor gelu_tanh(const Tensor& x);
Tensor silu(const Tensor& x);
}  // namespace composed

}  // namespace gradus
