#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

// Operands broadcast (NumPy's rule) and must have one element type; a number takes the tensor's. Each
// gradient has its operand's shape: what was stretched is summed.

Tensor operator+(const Tensor& a, const Tensor& b);  ///< da = dy        db = dy
Tensor operator-(const Tensor& a, const Tensor& b);  ///< da = dy        db = -dy
Tensor operator*(const Tensor& a, const Tensor& b);  ///< da = dy b      db = dy a
Tensor operator/(const Tensor& a, const Tensor& b);  ///< da = dy / b    db = -dy y / b
Tensor operator-(const Tensor& x);                   ///< dx = -dy

Tensor operator+(const Tensor& a, double b);
Tensor operator-(const Tensor& a, double b);
Tensor operator*(const Tensor& a, double b);
Tensor operator/(const Tensor& a, double b);
Tensor operator+(double a, const Tensor& b);
Tensor operator-(double a, const Tensor& b);
Tensor operator*(double a, const Tensor& b);
Tensor operator/(double a, const Tensor& b);

/// a^b, with 0^0 = 1.    da = dy b a^(b-1), 0 where b = 0      db = dy y log a, 0 where y = 0
Tensor pow(const Tensor& a, const Tensor& b);
Tensor pow(const Tensor& a, double b);

/// The smaller (larger) of two elements; NaN if either is.
///   dy goes to the one taken; equal operands share it
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, const Tensor& b);

// Comparisons: boolean tensors, never differentiated.
Tensor eq(const Tensor& a, const Tensor& b);
Tensor ne(const Tensor& a, const Tensor& b);
Tensor operator<(const Tensor& a, const Tensor& b);
Tensor operator<=(const Tensor& a, const Tensor& b);
Tensor operator>(const Tensor& a, const Tensor& b);
Tensor operator>=(const Tensor& a, const Tensor& b);
Tensor eq(const Tensor& a, double b);
Tensor ne(const Tensor& a, double b);
Tensor operator<(const Tensor& a, double b);
Tensor operator<=(const Tensor& a, double b);
Tensor operator>(const Tensor& a, double b);
Tensor operator>=(const Tensor& a, double b);

/// a where the boolean `condition` holds, else b; all three broadcast.
///   da = dy where taken, exactly 0 elsewhere, whatever the branch not taken computed;   db = the other way round
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

/// factor * dy with 0 * anything = 0: how gradients pass a derivative that is not bounded (sqrt and log at
/// 0), so that a branch `where` did not take stays exactly 0 even if its derivative is infinite or NaN.
///   d(dy) = mul_where_nonzero(dz, factor)    d(factor) = mul_where_nonzero(dy, dz)
Tensor mul_where_nonzero(const Tensor& dy, const Tensor& factor);

}  // namespace gradus
