#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// The matrix product over the last two axes; leading axes broadcast. A 1-dim operand is a row on the left, a
/// column on the right, and its axis disappears, as in torch.matmul.
///   a [..., m, k], b [..., k, n]  ->  [..., m, n]         da = dy b^T        db = a^T dy
Tensor matmul(const Tensor& a, const Tensor& b);

/// y = x W^T + b, the weight stored [out, in] as in PyTorch; bias may be undefined.
///   x [..., in], weight [out, in], bias [out]  ->  [..., out]
///   dx = dy W      dW = dy^T x      db = dy summed over the rows
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

namespace composed {
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
}

}  // namespace gradus
